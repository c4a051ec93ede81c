package dev.coord.tools;

import dev.coord.api.v1.Change;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import dev.coord.server.history.ToldHistory.Changes;
import dev.coord.server.history.ToldHistory.Nothing;
import dev.coord.server.history.ToldHistory.Snapshot;
import dev.coord.server.history.ToldHistory.Told;
import io.grpc.StatusRuntimeException;
import io.vertx.core.json.JsonArray;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Watches all keys of the clients, at one server for a while and then at another, going on from what it knows; by a gRPC stream, or by
 * HTTP's blocking queries. Writes down what it is told. One thread runs it.
 */
final class FaultWatcher implements Runnable {

    private static final int STAY_MILLIS_MIN = 300;
    private static final int STAY_MILLIS_MAX = 3_000;
    private static final int POLLS_MAX = 8;
    private static final int POLL_SECONDS = 1;
    private static final Duration POLL_MAX = Duration.ofSeconds(3);
    private static final long FAILED_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final String name;
    private final boolean stream;
    private final List<ServerUnderTest> servers;
    private final ServerChannels channels;
    private final Random random;
    private final Queue<String> violations;
    private final Queue<Told> told = new ConcurrentLinkedQueue<>();

    // Of the watcher's thread:
    private final Map<String, String> known = new HashMap<>();
    private long revision;
    private @Nullable Map<String, String> snapshot;

    private volatile Map<String, String> shown = Map.of();
    private volatile boolean stopped;

    FaultWatcher(
            String name,
            boolean stream,
            List<ServerUnderTest> servers,
            ServerChannels channels,
            Random random,
            Queue<String> violations) {
        this.name = name;
        this.stream = stream;
        this.servers = servers;
        this.channels = channels;
        this.random = random;
        this.violations = violations;
    }

    String name() {
        return name;
    }

    List<Told> told() {
        return List.copyOf(told);
    }

    /** What it knows now. Any thread. */
    Map<String, String> known() {
        return shown;
    }

    /** Within some seconds. */
    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                ServerUnderTest server = servers.get(random.nextInt(servers.size()));
                int stayMillis = random.nextInt(STAY_MILLIS_MIN, STAY_MILLIS_MAX);
                int polls = 1 + random.nextInt(POLLS_MAX);
                boolean stale = random.nextBoolean();
                if (!server.isAlive() || !(stream ? follow(server, stayMillis, stale) : poll(server, polls))) {
                    LockSupport.parkNanos(FAILED_NANOS);
                }
            }
        } catch (RuntimeException | AssertionError e) {
            violations.add(name + ": " + e);
        }
    }

    /** False: there was nothing. */
    private boolean follow(ServerUnderTest server, int millis, boolean stale) {
        WatchRequest request = WatchRequest.newBuilder()
                .setSubject(Subject.newBuilder().setKeyPrefix(FaultClient.PREFIX))
                .setAfterRevision(revision)
                .setConsistency(stale ? Consistency.CONSISTENCY_STALE : Consistency.CONSISTENCY_UNSPECIFIED)
                .build();
        snapshot = null;
        boolean any = false;
        try {
            Iterator<WatchFrame> frames = WatchGrpc.newBlockingStub(channels.to(server))
                    .withDeadlineAfter(millis, TimeUnit.MILLISECONDS)
                    .watch(request);
            while (!stopped && frames.hasNext()) {
                take(frames.next());
                any = true;
            }
        } catch (StatusRuntimeException e) {
            switch (e.getStatus().getCode()) {
                case DEADLINE_EXCEEDED, UNAVAILABLE, UNKNOWN, INTERNAL, CANCELLED, RESOURCE_EXHAUSTED -> {
                    return any;
                }
                default -> throw e;
            }
        }
        return any;
    }

    private void take(WatchFrame frame) {
        switch (frame.getFrameCase()) {
            case RESET -> snapshot = new HashMap<>();
            case SNAPSHOT -> {
                Map<String, String> taken = snapshot == null ? new HashMap<>() : snapshot;
                for (KeyValue kv : frame.getSnapshot().getItems().getKvsList()) {
                    taken.put(kv.getKey(), kv.getValue().toStringUtf8());
                }
                snapshot = taken;
                if (frame.getSnapshot().getLast()) {
                    replace(frame.getRevision(), taken);
                    snapshot = null;
                }
            }
            case CHANGES -> {
                Map<String, Optional<String>> changed = new HashMap<>();
                for (Change change : frame.getChanges().getChangesList()) {
                    if (change.hasKv()) {
                        String value = change.getKv().getValue().toStringUtf8();
                        changed.put(change.getKv().getKey(), Optional.of(value));
                        known.put(change.getKv().getKey(), value);
                    } else {
                        changed.put(change.getKvDeleted(), Optional.empty());
                        known.remove(change.getKvDeleted());
                    }
                }
                tell(new Changes(frame.getRevision(), Map.copyOf(changed)));
            }
            case BOOKMARK -> tell(new Nothing(frame.getRevision()));
            case ADVICE, FRAME_NOT_SET -> {}
        }
    }

    private void replace(long newRevision, Map<String, String> values) {
        known.clear();
        known.putAll(values);
        tell(new Snapshot(newRevision, Map.copyOf(values)));
    }

    private void tell(Told one) {
        revision = one.revision();
        told.add(one);
        shown = Map.copyOf(known);
    }

    /** Each answer is everything there was at the index that it says. False: one failed. */
    private boolean poll(ServerUnderTest server, int times) {
        for (int i = 0; i < times && !stopped; i++) {
            HttpResponse<String> answer;
            try {
                answer = ServerUnderTest.send(server.request("/v1/kv/" + FaultClient.PREFIX + "?recurse&wait="
                                + POLL_SECONDS + "s&index=" + revision)
                        .timeout(POLL_MAX)
                        .GET());
            } catch (UncheckedIOException e) {
                return false;
            }
            if (answer.statusCode() != 200 && answer.statusCode() != 404) {
                if (answer.statusCode() < 500 && answer.statusCode() != 429) {
                    throw new AssertionError("answered " + answer.statusCode() + ": " + answer.body());
                }
                return false;
            }
            Map<String, String> values = new HashMap<>();
            JsonArray entries = answer.statusCode() == 404 ? new JsonArray() : new JsonArray(answer.body());
            for (int entry = 0; entry < entries.size(); entry++) {
                values.put(
                        entries.getJsonObject(entry).getString("Key"), KvOverHttp.value(entries.getJsonObject(entry)));
            }
            replace(answer.headers().firstValueAsLong("X-Consul-Index").orElseThrow(), values);
        }
        return true;
    }
}
