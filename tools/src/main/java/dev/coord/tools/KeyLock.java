package dev.coord.tools;

import java.time.Duration;
import java.util.List;

/** One holder: the key's session. */
final class KeyLock implements DistributedLock {

    /** Tells such a key from others, to all of Consul's clients. */
    private static final String FLAGS = Long.toUnsignedString(0x2ddccbc058a50c18L);

    private final LockPlace place;
    private final String key;
    private final String session;

    KeyLock(LockPlace place, String key, String session) {
        this.place = place;
        this.key = key;
        this.session = session;
    }

    @Override
    public boolean acquire(Deadline deadline) throws InterruptedException {
        String index = "";
        while (true) {
            HttpAnswer answer = place.look(KvPair.path(key), index, deadline.left(LockPlace.WAIT));
            List<KvPair> found = KvPair.all(answer);
            if (!found.isEmpty() && !found.get(0).flags().equals(FLAGS)) {
                throw LockPlace.conflict(key, "Existing key does not match lock use");
            }
            String holder = found.isEmpty() ? "" : found.get(0).session();
            if (holder.isEmpty() || holder.equals(session)) {
                if (place.put(key, "acquire=" + session + "&flags=" + FLAGS, "")) {
                    return true;
                }
                // Somebody was first, or the delay after a loss runs.
                if (KvPair.all(place.look(KvPair.path(key), "", Duration.ZERO)).stream()
                        .allMatch(pair -> pair.session().isEmpty())) {
                    Thread.sleep(deadline.left(LockPlace.RETRY).toMillis());
                }
                index = "";
            } else {
                index = answer.index();
            }
            if (deadline.isOver()) {
                return false;
            }
        }
    }

    @Override
    public void awaitLoss() throws InterruptedException {
        String index = "";
        while (true) {
            HttpAnswer answer = place.watch(KvPair.path(key), index);
            if (answer == null
                    || KvPair.all(answer).stream()
                            .noneMatch(pair -> pair.session().equals(session))) {
                return;
            }
            index = answer.index();
        }
    }

    @Override
    public void release() {
        place.put(key, "release=" + session + "&flags=" + FLAGS, "");
    }

    @Override
    public void cleanUp() {
        for (KvPair pair : KvPair.all(place.look(KvPair.path(key), "", Duration.ZERO))) {
            if (pair.session().isEmpty() && pair.flags().equals(FLAGS)) {
                place.delete(key, pair.modifyIndex());
            }
        }
    }
}
