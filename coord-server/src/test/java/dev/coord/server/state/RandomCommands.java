package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry.Behavior;
import dev.coord.server.command.TxnOp;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Commands over few names, so that they meet each other; the same seed gives the same ones. */
final class RandomCommands {

    static final List<String> KEYS = List.of("a", "a/1", "a/2", "b", "b/1/x", "b/1/y", "c");
    static final List<String> PREFIXES = List.of("", "a", "a/", "b/1", "c");
    static final List<String> NODES = List.of("n1", "n2", "n3");
    static final List<String> CHECKS = List.of("c1", "c2");
    static final List<String> SERVICES = List.of("web", "db");

    private final SplittableRandom random;
    private final List<String> sessions = new ArrayList<>(List.of("ghost"));

    RandomCommands(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Milliseconds until the next command; now and then long enough for a lock delay to end. */
    long pause() {
        return random.nextInt(10) == 0 ? 20_000 : random.nextInt(1_000);
    }

    /** Of keys, sessions and the status of checks. */
    Command kvOrSession(State now) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> put(cas(now), null, null);
            case 3, 4 -> put(null, any(sessions), null);
            case 5 -> put(null, null, any(sessions));
            case 6 -> new Command.KvDelete(any(KEYS), cas(now));
            case 7 -> new Command.KvDeleteTree(any(PREFIXES));
            case 8, 9 -> {
                sessions.add("s" + sessions.size());
                yield new Command.CreateSession(SampleState.session(
                        sessions.get(sessions.size() - 1),
                        any(NODES),
                        random.nextBoolean() ? Behavior.RELEASE : Behavior.DELETE,
                        random.nextBoolean() ? new String[] {any(CHECKS)} : new String[0]));
            }
            case 10 -> new Command.DestroySession(any(sessions));
            default -> new Command.UpdateCheck(any(NODES), any(CHECKS), anyStatus(), "o" + random.nextInt(2));
        };
    }

    /** Of everything. */
    Command any(State now) {
        return switch (random.nextInt(10)) {
            case 8 -> discovery();
            case 9 -> txn(now);
            case 0, 1 -> register();
            case 2 -> new Command.Deregister(any(NODES), any(SERVICES) + "-1", null);
            case 3 ->
                random.nextInt(4) == 0
                        ? new Command.Deregister(any(NODES), null, null)
                        : new Command.Deregister(any(NODES), null, any(CHECKS));
            default -> kvOrSession(now);
        };
    }

    private Command discovery() {
        String name = any(SERVICES);
        return switch (random.nextInt(5)) {
            case 0 ->
                new Command.SetQuery(
                        PreparedQuery.newBuilder()
                                .setId("q-" + name)
                                .setName(name)
                                .setService(name)
                                .setSession(random.nextBoolean() ? "" : any(sessions))
                                .build(),
                        random.nextBoolean());
            case 1 -> new Command.DeleteQuery("q-" + name);
            case 2 -> new Command.FireEvent(UserEvent.newBuilder().setName(name).build());
            case 3 ->
                new Command.SetAutopilot(
                        AutopilotConfig.newBuilder()
                                .setMaxTrailingLogs(random.nextInt(3))
                                .build(),
                        null);
            default ->
                new Command.UpdateCoordinates(List.of(Coordinate.newBuilder()
                        .setNode(any(NODES))
                        .setHeight(random.nextInt(2))
                        .build()));
        };
    }

    private Command txn(State now) {
        List<TxnOp> ops = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            ops.add(
                    random.nextInt(4) > 0
                            ? new TxnOp.Kv(
                                    any(List.of(TxnOp.Verb.values())),
                                    any(KEYS),
                                    ByteString.copyFromUtf8("v" + random.nextInt(3)),
                                    0,
                                    now.kvIndex(any(KEYS)),
                                    any(sessions))
                            : new TxnOp.Node(
                                    random.nextBoolean() ? TxnOp.Verb.SET : TxnOp.Verb.DELETE,
                                    SampleState.node(any(NODES))));
        }
        return new Command.Txn(ops);
    }

    private Command register() {
        String node = any(NODES);
        String service = any(SERVICES);
        List<CheckEntry> checks = new ArrayList<>();
        if (random.nextBoolean()) {
            checks.add(SampleState.check(any(CHECKS), random.nextBoolean() ? service + "-1" : null, anyStatus()));
        }
        return new Command.Register(
                SampleState.node(node),
                random.nextInt(4) == 0
                        ? null
                        : SampleState.service(node, service + "-1", any(SERVICES), "v" + random.nextInt(2)),
                checks,
                random.nextBoolean());
    }

    private Command put(@Nullable Long cas, @Nullable String acquire, @Nullable String release) {
        return new Command.KvPut(
                any(KEYS), ByteString.copyFromUtf8("v" + random.nextInt(3)), random.nextInt(2), cas, acquire, release);
    }

    private @Nullable Long cas(State now) {
        return switch (random.nextInt(4)) {
            case 0 -> 0L;
            case 1 -> now.kvIndex(any(KEYS));
            default -> null;
        };
    }

    private CheckStatus anyStatus() {
        return any(List.of(CheckStatus.values()));
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
