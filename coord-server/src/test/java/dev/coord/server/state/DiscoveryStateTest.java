package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.SessionEntry.Behavior;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Prepared queries, user events, coordinates, what operators set, and snapshots that take the place of everything. */
class DiscoveryStateTest {

    private static final String GOLDEN = "snapshot-discovery.bin";

    private final StateFixture coord = new StateFixture();

    static State everything() {
        StateFixture coord = new StateFixture();
        coord.apply(new Command.InitCluster("8f1f1f3e-0000-4000-8000-000000000001"));
        coord.apply(new Command.Register(SampleState.node("n1"), null, List.of(), false));
        coord.apply(new Command.CreateSession(SampleState.session("s1", "n1", Behavior.RELEASE)));
        coord.apply(new Command.SetQuery(
                query("q1", "web").toBuilder()
                        .setSession("s1")
                        .setToken("t")
                        .setFailoverNearestN(2)
                        .addFailoverDatacenters("dc2")
                        .setOnlyPassing(true)
                        .setNear("_agent")
                        .addTags("v1")
                        .addTags("!v2")
                        .putNodeMeta("rack", "1")
                        .putServiceMeta("env", "test")
                        .addIgnoreCheckIds("c1")
                        .setDnsTtl("10s")
                        .setDnsTtlMs(10_000)
                        .build(),
                false));
        coord.apply(new Command.SetQuery(
                query("q2", "geo-").toBuilder()
                        .setTemplateType("name_prefix_match")
                        .setTemplateRegexp("^geo-(.*)$")
                        .setTemplateRemoveEmptyTags(true)
                        .build(),
                false));
        coord.apply(new Command.FireEvent(UserEvent.newBuilder()
                .setId("e1")
                .setName("deploy")
                .setPayload(ByteString.copyFromUtf8("now"))
                .setNodeFilter("n.*")
                .setServiceFilter("web")
                .setTagFilter("v1")
                .build()));
        coord.apply(new Command.UpdateCoordinates(List.of(Coordinate.newBuilder()
                .setNode("n1")
                .addAllVec(List.of(0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5))
                .setError(1.5)
                .setAdjustment(-0.25)
                .setHeight(0.00001)
                .build())));
        coord.apply(new Command.SetAutopilot(
                AutopilotConfig.newBuilder()
                        .setCleanupDeadServers(true)
                        .setLastContactThresholdMs(200)
                        .setMaxTrailingLogs(250)
                        .setMinQuorum(3)
                        .setServerStabilizationTimeMs(10_000)
                        .build(),
                null));
        coord.apply(new Command.RestoreChunk("r1", 0, ByteString.copyFromUtf8("begun"), false));
        return coord.state();
    }

    private static PreparedQuery query(String id, String name) {
        return PreparedQuery.newBuilder()
                .setId(id)
                .setName(name)
                .setService("web")
                .build();
    }

    @Test
    void everythingComesBackFromASnapshot() throws IOException {
        State everything = everything();
        assertThat(SnapshotCodec.read(new ByteArrayInputStream(bytes(everything))))
                .isEqualTo(everything);
    }

    @Test
    void theGoldenFileIsReadAndWrittenByteForByte() throws IOException {
        try (InputStream in = Objects.requireNonNull(DiscoveryStateTest.class.getResourceAsStream(GOLDEN), GOLDEN)) {
            byte[] golden = in.readAllBytes();
            assertThat(SnapshotCodec.read(new ByteArrayInputStream(golden))).isEqualTo(everything());
            assertThat(bytes(everything())).isEqualTo(golden);
        }
    }

    @Test
    void aQueryGoesWithItsSession() {
        coord.apply(new Command.Register(SampleState.node("n1"), null, List.of(), false));
        coord.apply(new Command.CreateSession(SampleState.session("s1", "n1", Behavior.RELEASE)));
        coord.apply(new Command.SetQuery(
                query("q1", "web").toBuilder().setSession("s1").build(), false));
        Transition ended = coord.apply(new Command.DestroySession("s1"));
        assertThat(coord.state().query("q1")).isNull();
        assertThat(coord.state().queryNamed("web")).isNull();
        assertThat(coord.state().queriesIndex()).isEqualTo(coord.state().revision());
        assertThat(ended.changes()).anyMatch(change -> change instanceof Change.Query query && query.after() == null);
    }

    @Test
    void coordinatesGoWithTheirNodeAndUnknownNodesHaveNone() {
        coord.apply(new Command.Register(SampleState.node("n1"), null, List.of(), false));
        coord.apply(new Command.UpdateCoordinates(List.of(coordinate("N1"), coordinate("stranger"))));
        assertThat(coord.state().coordinates()).containsExactly(coordinate("N1"));
        coord.apply(new Command.Deregister("n1", null, null));
        assertThat(coord.state().coordinates()).isEmpty();
    }

    private static Coordinate coordinate(String node) {
        return Coordinate.newBuilder().setNode(node).build();
    }

    @Test
    void theNewestEventsAreKeptAndCounted() {
        for (int i = 0; i < CommandLimits.EVENTS_MAX + 3; i++) {
            coord.apply(new Command.FireEvent(
                    UserEvent.newBuilder().setId("e" + i).setName("x").build()));
        }
        List<UserEvent> events = coord.state().events();
        assertThat(events).hasSize(CommandLimits.EVENTS_MAX);
        assertThat(events.get(0).getId()).isEqualTo("e3");
        assertThat(events.get(0).getLtime()).isEqualTo(4);
    }

    @Test
    void anEqualNameOrAnothersIdIsRefused() {
        coord.apply(new Command.SetQuery(query("q1", "web"), false));
        assertThat(refusal(new Command.SetQuery(query("q2", "WEB"), false)))
                .isEqualTo("name 'WEB' aliases an existing query name");
        assertThat(refusal(new Command.SetQuery(query("q2", "q1"), false)))
                .isEqualTo("name 'q1' aliases an existing query ID");
        assertThat(refusal(new Command.SetQuery(query("q2", "db"), true)))
                .isEqualTo("Cannot modify non-existent prepared query: 'q2'");
        coord.apply(new Command.SetQuery(query("q1", "db"), true));
        assertThat(coord.state().queryNamed("web")).isNull();
        assertThat(Objects.requireNonNull(coord.state().queryNamed("db")).getId())
                .isEqualTo("q1");
    }

    private String refusal(Command command) {
        return Objects.requireNonNull(coord.apply(command).result().rejection()).message();
    }

    @Test
    void aRestoredSnapshotTakesThePlaceOfEverythingButTheClustersIdAndTheRevisionGoesOn() throws IOException {
        coord.apply(new Command.InitCluster("here"));
        coord.put("kept", "1");
        byte[] snapshot = bytes(coord.state());
        coord.put("lost", "1");
        long before = coord.state().revision();

        List<Transition> transitions = restore(snapshot);

        assertThat(transitions.get(0).replaced()).isFalse();
        assertThat(transitions.get(transitions.size() - 1).replaced()).isTrue();
        assertThat(coord.keys("")).containsExactly("kept");
        assertThat(coord.state().revision()).isEqualTo(before + transitions.size());
        assertThat(coord.state().restoredAt()).isEqualTo(coord.state().revision());
        assertThat(coord.state().clusterId()).isEqualTo("here");
    }

    @Test
    void aSnapshotOfAnotherClusterWithAHigherRevisionRaisesOurs() throws IOException {
        StateFixture other = new StateFixture();
        other.apply(new Command.InitCluster("there"));
        for (int i = 0; i < 50; i++) {
            other.put("k", "v" + i);
        }
        coord.apply(new Command.InitCluster("here"));
        restore(bytes(other.state()));
        assertThat(coord.state().revision()).isEqualTo(other.state().revision() + 1);
        assertThat(coord.state().clusterId()).isEqualTo("here");
    }

    @Test
    void aDamagedSnapshotAndAnotherRestoreBetweenChangeNothing() throws IOException {
        coord.put("kept", "1");
        byte[] damaged = bytes(coord.state());
        damaged[damaged.length / 2] ^= 1;
        List<Transition> transitions = restore(damaged);
        assertThat(Objects.requireNonNull(
                                transitions.get(transitions.size() - 1).result().rejection())
                        .message())
                .startsWith("the snapshot can't be restored: ");
        assertThat(coord.keys("")).containsExactly("kept");
        assertThat(coord.state().administration().restore())
                .as("its memory is given back")
                .isNull();

        coord.apply(new Command.RestoreChunk("first", 0, ByteString.EMPTY, false));
        coord.apply(new Command.RestoreChunk("second", 0, ByteString.EMPTY, false));
        assertThat(refusal(new Command.RestoreChunk("first", 1, ByteString.EMPTY, true)))
                .contains("another restore has begun");
    }

    private List<Transition> restore(byte[] snapshot) {
        int half = snapshot.length / 2;
        return List.of(
                coord.apply(new Command.RestoreChunk("r", 0, ByteString.copyFrom(snapshot, 0, half), false)),
                coord.apply(new Command.RestoreChunk(
                        "r", 1, ByteString.copyFrom(snapshot, half, snapshot.length - half), true)));
    }

    static byte[] bytes(State state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state, out);
        return out.toByteArray();
    }
}
