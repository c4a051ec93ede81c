package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.command.TimedCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Long seeded runs of random commands against what must always hold. Each failure names its seed and step. */
class StateModelTest {

    private static final int STEPS = 1_000;
    private static final long SEED = 20_261_122;

    @RepeatedTest(20)
    void keysAndSessionsAreThoseOfANaiveStore(RepetitionInfo repetition) {
        long seed = SEED + repetition.getCurrentRepetition();
        RandomCommands commands = new RandomCommands(seed);
        State state = State.empty();
        long timeMillis = 1;
        for (String node : RandomCommands.NODES) {
            state = state.apply(
                            new Command.Register(
                                    SampleState.node(node),
                                    null,
                                    RandomCommands.CHECKS.stream()
                                            .map(check -> SampleState.check(check, null, CheckStatus.PASSING))
                                            .toList(),
                                    false),
                            timeMillis)
                    .state();
        }
        NaiveStore naive = new NaiveStore(state.revision());
        RandomCommands.NODES.forEach(node -> RandomCommands.CHECKS.forEach(check -> naive.addCheck(node, check)));

        for (int step = 0; step < STEPS; step++) {
            Command command = commands.kvOrSession(state);
            timeMillis += commands.pause();
            String where = "seed %d, step %d: %s".formatted(seed, step, command);
            Transition transition = state.apply(command, timeMillis);
            state = transition.state();
            assertThat(transition.result().ok()).as(where).isEqualTo(naive.apply(command, timeMillis));
            assertSame(state, naive, where);
        }
        assertThat(naive.lastTouched).as("seed %d did something", seed).isNotEmpty();
    }

    private static void assertSame(State state, NaiveStore naive, String where) {
        Map<String, KvEntry> keys = new HashMap<>();
        state.kvScan("", null, entry -> keys.put(entry.key(), entry) == null);
        assertThat(keys).as(where).isEqualTo(naive.keys);
        Map<String, SessionEntry> sessions = new HashMap<>();
        state.sessions().forEach(session -> sessions.put(session.id(), session));
        assertThat(sessions).as(where).isEqualTo(naive.sessions);
        for (String key : RandomCommands.KEYS) {
            assertThat(state.kvIndex(key))
                    .as("%s: index of %s", where, key)
                    .isEqualTo(naive.lastTouched.getOrDefault(key, 1L));
        }
        for (String prefix : RandomCommands.PREFIXES) {
            assertThat(state.kvPrefixIndex(prefix))
                    .as("%s: index of prefix %s", where, prefix)
                    .isEqualTo(naive.prefixIndex(prefix));
        }
    }

    @RepeatedTest(10)
    void noIndexEverFallsAndEveryChangeRaisesItsOwn(RepetitionInfo repetition) {
        long seed = SEED + 100 + repetition.getCurrentRepetition();
        RandomCommands commands = new RandomCommands(seed);
        State state = State.empty();
        Map<String, Long> before = indexes(state);
        long timeMillis = 1;
        for (int step = 0; step < STEPS; step++) {
            Command command = commands.any(state);
            timeMillis += commands.pause();
            String where = "seed %d, step %d: %s".formatted(seed, step, command);
            Transition transition = state.apply(command, timeMillis);
            state = transition.state();
            assertThat(state.revision()).as(where).isEqualTo(step + 2L);
            Map<String, Long> after = indexes(state);
            before.forEach((name, index) -> assertThat(after.get(name))
                    .as("%s: index of %s", where, name)
                    .isGreaterThanOrEqualTo(index));
            for (Change change : transition.changes()) {
                for (String name : namesOf(change)) {
                    assertThat(after.get(name))
                            .as("%s: index of %s", where, name)
                            .isEqualTo(state.revision());
                }
            }
            // Within a transaction a key may come and go: nobody need be told, yet its tombstone stands.
            if (transition.changes().isEmpty() && !(command instanceof Command.Txn)) {
                assertThat(after).as(where).isEqualTo(before);
            }
            before = after;
        }
    }

    /** What a change must show in. */
    private static List<String> namesOf(Change change) {
        if (change instanceof Change.Kv kv) {
            return List.of("key " + kv.key(), "prefix ");
        } else if (change instanceof Change.Node node) {
            return List.of("node " + node.name(), "nodes");
        } else if (change instanceof Change.Instance instance) {
            return List.of("service " + instance.service(), "node " + instance.node());
        } else if (change instanceof Change.Check check) {
            return List.of("node " + check.node(), "checks");
        } else if (change instanceof Change.Query) {
            return List.of("queries");
        } else if (change instanceof Change.Event) {
            return List.of("events");
        } else if (change instanceof Change.NodeCoordinate) {
            return List.of("coordinates");
        }
        return List.of("sessions");
    }

    private static Map<String, Long> indexes(State state) {
        Map<String, Long> indexes = new HashMap<>();
        RandomCommands.KEYS.forEach(key -> indexes.put("key " + key, state.kvIndex(key)));
        RandomCommands.PREFIXES.forEach(prefix -> indexes.put("prefix " + prefix, state.kvPrefixIndex(prefix)));
        RandomCommands.NODES.forEach(node -> indexes.put("node " + node, state.nodeIndex(node)));
        RandomCommands.SERVICES.forEach(service -> indexes.put("service " + service, state.serviceIndex(service)));
        indexes.put("nodes", state.nodesIndex());
        indexes.put("services", state.servicesIndex());
        indexes.put("checks", state.checksIndex());
        indexes.put("sessions", state.sessionsIndex());
        indexes.put("queries", state.queriesIndex());
        indexes.put("events", state.eventsIndex());
        indexes.put("coordinates", state.coordinatesIndex());
        return indexes;
    }

    @RepeatedTest(5)
    void theSameCommandsGiveTheSameBytesThroughTheLogAndThroughSnapshots(RepetitionInfo repetition) throws IOException {
        long seed = SEED + 200 + repetition.getCurrentRepetition();
        RandomCommands commands = new RandomCommands(seed);
        State leader = State.empty();
        State follower = State.empty();
        State restarted = State.empty();
        long timeMillis = 1;
        for (int step = 0; step < STEPS; step++) {
            Command command = commands.any(leader);
            timeMillis += commands.pause();
            leader = leader.apply(command, timeMillis).state();
            TimedCommand logged = CommandCodec.decode(CommandCodec.encode(command, timeMillis));
            assertThat(logged.command()).isEqualTo(command);
            follower = follower.apply(logged.command(), logged.timeMillis()).state();
            restarted = restarted.apply(logged.command(), logged.timeMillis()).state();
            if (step % 100 == 0) {
                restarted = SnapshotCodec.read(new ByteArrayInputStream(snapshot(restarted)));
                assertThat(restarted).as("seed %d, step %d", seed, step).isEqualTo(leader);
            }
        }
        assertThat(follower).as("seed %d", seed).isEqualTo(leader);
        assertThat(snapshot(follower)).as("seed %d", seed).isEqualTo(snapshot(leader));
        assertThat(snapshot(restarted)).as("seed %d", seed).isEqualTo(snapshot(leader));
    }

    private static byte[] snapshot(State state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state, out);
        return out.toByteArray();
    }
}
