package dev.coord.server.history;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.state.Change;
import dev.coord.server.watch.Topics;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubStats;
import dev.coord.streaming.Publication;
import dev.coord.streaming.Subject;
import dev.coord.streaming.Subscription;
import dev.coord.streaming.Waiter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * What the servers have applied, revision by revision: what a subscriber must have been told is looked up here. Fed by all
 * servers as they publish, restarted ones and their replays included; they must agree. Safe from any thread.
 */
public final class AppliedLog {

    private static final long PATIENCE_MILLIS = 20_000;
    /** Of an empty store. */
    private static final long FIRST = 1;

    /** Where two servers disagreed. */
    public final Queue<String> broken = new ConcurrentLinkedQueue<>();

    // Under this object's lock:
    private final Map<Long, List<Fact>> facts = new HashMap<>();
    private final Map<Long, View> views = new HashMap<>(Map.of(FIRST, new View(Map.of(), Map.of())));
    private long newest = FIRST;

    /** Something has a value now, null: it is gone. */
    private record Fact(boolean kv, String key, @Nullable String value) {}

    /**
     * The store at a revision.
     *
     * @param kv values by key
     * @param instances tags and health by {@code service|node/id}
     */
    public record View(Map<String, String> kv, Map<String, String> instances) {

        public Map<String, String> keysUnder(String prefix) {
            return under(kv, prefix);
        }

        public Map<String, String> instancesOf(String service) {
            return under(instances, service + "|");
        }

        private static Map<String, String> under(Map<String, String> all, String prefix) {
            Map<String, String> part = new TreeMap<>(all);
            part.keySet().removeIf(key -> !key.startsWith(prefix));
            return part;
        }
    }

    public static String instance(Iterable<String> tags, String health) {
        return String.join(",", tags) + " " + health;
    }

    private synchronized void record(String server, long revision, List<Publication> publications) {
        List<Fact> told = new ArrayList<>();
        for (Publication publication : publications) {
            if (publication.topic().equals(Topics.KV)) {
                Change.Kv change = (Change.Kv) publication.change();
                told.add(new Fact(
                        true,
                        change.key(),
                        change.after() == null ? null : text(change.after().value())));
            } else if (publication.topic().equals(Topics.SERVICE)) {
                Change.Instance change = (Change.Instance) publication.change();
                String key = publication.key() + "|" + change.node() + "/" + change.serviceId();
                told.add(new Fact(false, key, change.after() == null ? null : text(change.after())));
            }
        }
        List<Fact> before = facts.putIfAbsent(revision, told);
        if (before != null && !before.equals(told)) {
            broken.add(server + " applied " + told + " at revision " + revision + ", another server " + before);
        }
        while (facts.containsKey(newest + 1)) {
            View last = views.get(newest);
            Map<String, String> kv = new HashMap<>(last.kv());
            Map<String, String> instances = new HashMap<>(last.instances());
            for (Fact fact : facts.get(++newest)) {
                Map<String, String> table = fact.kv() ? kv : instances;
                if (fact.value() == null) {
                    table.remove(fact.key());
                } else {
                    table.put(fact.key(), fact.value());
                }
            }
            views.put(newest, new View(kv, instances));
        }
        notifyAll();
    }

    private static String text(ByteString value) {
        return value.toStringUtf8();
    }

    private static String text(Change.ServiceInstance instance) {
        CheckStatus worst = CheckStatus.PASSING;
        for (CheckEntry check : instance.checks()) {
            worst = check.status().compareTo(worst) > 0 ? check.status() : worst;
        }
        return instance(instance.service().tags(), worst.name());
    }

    /** The store at a revision. A state can be read a moment before the first server publishes it: then this waits. */
    public synchronized View at(long revision) {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (newest < revision) {
            long left = deadline - System.currentTimeMillis();
            if (left <= 0) {
                throw new AssertionError(
                        "revision " + revision + " was told of, and no server published it; the newest is " + newest);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return views.get(revision);
    }

    public synchronized View newest() {
        return views.get(newest);
    }

    /**
     * The revisions after the first and up to the last one that changed a key under the prefix. Both must be known here: so ask
     * {@link #at} for the last one before.
     */
    public synchronized List<Long> touching(String prefix, long after, long upTo) {
        List<Long> touched = new ArrayList<>();
        for (long revision = after + 1; revision <= upTo; revision++) {
            if (facts.get(revision).stream()
                    .anyMatch(fact -> fact.kv() && fact.key().startsWith(prefix))) {
                touched.add(revision);
            }
        }
        return touched;
    }

    /** A server's hub that tells this log first. */
    public Hub recording(String server, Hub hub) {
        return new Hub() {
            @Override
            public void publish(long revision, List<Publication> publications) {
                record(server, revision, publications);
                hub.publish(revision, publications);
            }

            @Override
            public void reset(long revision) {
                hub.reset(revision);
            }

            @Override
            public Subscription subscribe(Subject subject, long afterRevision, Runnable ready) {
                return hub.subscribe(subject, afterRevision, ready);
            }

            @Override
            public Waiter await(Subject subject, long afterRevision, Runnable wake) {
                return hub.await(subject, afterRevision, wake);
            }

            @Override
            public void startAfter(long revision) {
                hub.startAfter(revision);
            }

            @Override
            public void callAll() {
                hub.callAll();
            }

            @Override
            public HubStats stats(int busiestMax) {
                return hub.stats(busiestMax);
            }

            @Override
            public void close() {
                hub.close();
            }
        };
    }
}
