package dev.coord.tools;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Some holders: each contends with a key of its own under the prefix, held by its session, and those who hold the semaphore
 * stand in one more key, which is changed by compare-and-swap alone.
 */
final class SemaphoreLock implements DistributedLock {

    /** Tells such keys from others, to all of Consul's clients. */
    private static final String FLAGS = Long.toUnsignedString(0xe0f69a2baa414de0L);

    private final LockPlace place;
    private final String all;
    private final String lockKey;
    private final String ownKey;
    private final String session;
    private final int limit;

    /** @param prefix ends with a slash */
    SemaphoreLock(LockPlace place, String prefix, String session, int limit) {
        this.place = place;
        this.all = HttpConnection.with(KvPair.path(prefix), "recurse", "");
        this.lockKey = prefix + ".lock";
        this.ownKey = prefix + session;
        this.session = session;
        this.limit = limit;
    }

    /** Who holds it, without those whose session is over; in which revision that was written. */
    private record Holders(int limit, Set<String> sessions, String modifyIndex) {}

    @Override
    public boolean acquire(Deadline deadline) throws InterruptedException {
        while (!place.put(ownKey, "acquire=" + session + "&flags=" + FLAGS, "")) {
            if (deadline.isOver()) {
                return false;
            }
            Thread.sleep(deadline.left(LockPlace.RETRY).toMillis());
        }
        boolean held = false;
        try {
            held = enter(deadline);
            return held;
        } finally {
            if (!held) {
                place.delete(ownKey);
            }
        }
    }

    private boolean enter(Deadline deadline) {
        String index = "";
        while (true) {
            HttpAnswer answer = place.look(all, index, deadline.left(LockPlace.WAIT));
            Holders holders = holders(KvPair.all(answer));
            if (holders.limit() != limit) {
                throw LockPlace.conflict(
                        lockKey, "Semaphore limit conflict (lock: " + holders.limit() + ", local: " + limit + ")");
            }
            if (holders.sessions().size() < limit || holders.sessions().contains(session)) {
                Set<String> with = new TreeSet<>(holders.sessions());
                with.add(session);
                if (write(with, holders.modifyIndex())) {
                    return true;
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
            HttpAnswer answer = place.watch(all, index);
            if (answer == null || !holders(KvPair.all(answer)).sessions().contains(session)) {
                return;
            }
            index = answer.index();
        }
    }

    @Override
    public void release() {
        while (true) {
            Holders holders = holders(KvPair.all(place.look(all, "", Duration.ZERO)));
            Set<String> without = new TreeSet<>(holders.sessions());
            if (!without.remove(session) || write(without, holders.modifyIndex())) {
                break;
            }
        }
        place.delete(ownKey);
    }

    @Override
    public void cleanUp() {
        List<KvPair> pairs = KvPair.all(place.look(all, "", Duration.ZERO));
        Holders holders = holders(pairs);
        if (holders.sessions().isEmpty() && !holders.modifyIndex().equals("0")) {
            place.delete(lockKey, holders.modifyIndex());
        }
    }

    private boolean write(Set<String> sessions, String modifyIndex) {
        JsonObject holders = new JsonObject();
        sessions.forEach(holder -> holders.put(holder, true));
        return place.put(
                lockKey,
                "cas=" + modifyIndex + "&flags=" + FLAGS,
                new JsonObject().put("Limit", limit).put("Holders", holders).encode());
    }

    private Holders holders(List<KvPair> pairs) {
        Set<String> alive = pairs.stream()
                .map(KvPair::session)
                .filter(holder -> !holder.isEmpty())
                .collect(Collectors.toSet());
        for (KvPair pair : pairs) {
            if (!pair.key().equals(lockKey)) {
                continue;
            }
            if (!pair.flags().equals(FLAGS)) {
                throw LockPlace.conflict(lockKey, "Existing key does not match semaphore use");
            }
            try {
                JsonObject json = new JsonObject(new String(pair.value(), StandardCharsets.UTF_8));
                Set<String> sessions = new TreeSet<>(
                        json.getJsonObject("Holders", new JsonObject()).fieldNames());
                sessions.retainAll(alive);
                return new Holders(json.getInteger("Limit", 0), sessions, pair.modifyIndex());
            } catch (DecodeException e) {
                throw LockPlace.conflict(lockKey, "Existing key is no semaphore's");
            }
        }
        return new Holders(limit, Set.of(), "0");
    }
}
