package dev.coord.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.coord.api.storage.v1.AclPutToken;
import dev.coord.api.storage.v1.AclToken;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.KvPut;
import dev.coord.api.storage.v1.LoggedCommand;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.api.v1.Session;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands survive the log; what this build does not understand stops it by name. */
class CommandCodecTest {

    static Stream<Command> everyCommand() {
        NodeEntry node =
                new NodeEntry("id", "n1", "10.0.0.1", "dc1", Map.of("lan", "10.0.0.1"), Map.of("zone", "a"), 3, 4);
        ServiceEntry service = new ServiceEntry(
                "n1",
                "web-1",
                "web",
                List.of("b", "a"),
                "10.0.0.2",
                80,
                Map.of("wan", new TaggedAddress("1.2.3.4", 81)),
                Map.of("env", "test"),
                3,
                0,
                true,
                "kind",
                5,
                6);
        CheckEntry check = new CheckEntry(
                "n1",
                "c1",
                "check",
                CheckStatus.WARNING,
                "notes",
                "output",
                "web-1",
                "web",
                List.of("b"),
                "http",
                new CheckDefinition(
                        1, "http", "tcp", "grpc", "PUT", Map.of("H", List.of("1", "2")), "body", true, 2, 3, 4),
                7,
                8);
        CheckEntry bare =
                new CheckEntry("n1", "c2", "", CheckStatus.CRITICAL, "", "", null, "", List.of(), "", null, 0, 0);
        return Stream.of(
                new Command.KvPut("k", ByteString.copyFromUtf8("v"), -1L, 0L, "s", null),
                new Command.KvPut("k", ByteString.EMPTY, 0, null, null, "s"),
                new Command.KvDelete("k", 0L),
                new Command.KvDelete("k", null),
                new Command.KvDeleteTree(""),
                new Command.Register(node, service, List.of(check, bare), true),
                new Command.Register(node, null, List.of(), false),
                new Command.Deregister("n1", "web-1", null),
                new Command.Deregister("n1", null, "c1"),
                new Command.Deregister("n1", null, null),
                new Command.UpdateCheck("n1", "c1", CheckStatus.PASSING, "fine"),
                new Command.CreateSession(new SessionEntry(
                        "s",
                        "name",
                        "n1",
                        SessionEntry.Behavior.DELETE,
                        10_000,
                        0,
                        List.of("c1"),
                        List.of("c2"),
                        1,
                        2)),
                new Command.DestroySession("s"),
                new Command.Acl(new AclChange.Bootstrap(token(), 7)),
                new Command.Acl(new AclChange.PutToken(token(), true)),
                new Command.Acl(new AclChange.PutToken(token(), false)),
                new Command.Acl(new AclChange.DeleteToken("a")),
                new Command.Acl(new AclChange.PutPolicy(
                        new PolicyEntry("p", "name", "about", "key \"\" {}", List.of("dc1"), 1, 2), true)),
                new Command.Acl(new AclChange.DeletePolicy("p")),
                new Command.Acl(new AclChange.PutRole(
                        new RoleEntry(
                                "r",
                                "name",
                                "about",
                                List.of("p"),
                                List.of(new ServiceIdentity("web", List.of())),
                                List.of(new NodeIdentity("n1", "dc1")),
                                1,
                                2),
                        false)),
                new Command.Acl(new AclChange.DeleteRole("r")),
                new Command.Acl(new AclChange.DropExpiredTokens()),
                new Command.ChangeFlags(
                        "web",
                        List.of(new Command.ChangeFlags.Definition("f", "{}")),
                        List.of("g"),
                        true,
                        7,
                        "ann",
                        FlagAction.ROLLOUT),
                new Command.ChangeRollout(
                        Rollout.newBuilder()
                                .setFeature("hub-shape")
                                .addSteps(10)
                                .setAuthor("ann")
                                .build(),
                        1,
                        2,
                        true),
                new Command.InitCluster("id"),
                new Command.Txn(List.of(
                        new TxnOp.Kv(TxnOp.Verb.LOCK, "k", ByteString.copyFromUtf8("v"), -1L, 3, "s"),
                        new TxnOp.Node(TxnOp.Verb.SET, node),
                        new TxnOp.Service(TxnOp.Verb.CAS, service),
                        new TxnOp.Check(TxnOp.Verb.DELETE_CAS, check))),
                new Command.SetQuery(
                        PreparedQuery.newBuilder()
                                .setId("q")
                                .setName("web")
                                .setService("web")
                                .addTags("!v1")
                                .putNodeMeta("rack", "1")
                                .setDnsTtl("10s")
                                .setDnsTtlMs(10_000)
                                .build(),
                        true),
                new Command.DeleteQuery("q"),
                new Command.FireEvent(UserEvent.newBuilder()
                        .setId("e")
                        .setName("deploy")
                        .setPayload(ByteString.copyFromUtf8("now"))
                        .build()),
                new Command.UpdateCoordinates(List.of(Coordinate.newBuilder()
                        .setNode("n1")
                        .addVec(0.5)
                        .setHeight(0.001)
                        .build())),
                new Command.RestoreChunk("r", 7, ByteString.copyFromUtf8("piece"), true),
                new Command.SetAutopilot(
                        AutopilotConfig.newBuilder().setMaxTrailingLogs(250).build(), 0L),
                new Command.SetAutopilot(AutopilotConfig.getDefaultInstance(), null));
    }

    private static TokenEntry token() {
        return new TokenEntry(
                "accessor",
                "the-secret",
                "about",
                List.of("p"),
                List.of("r"),
                List.of(new ServiceIdentity("web", List.of("dc1"))),
                List.of(new NodeIdentity("n1", "dc1")),
                true,
                5,
                6,
                "client",
                "key \"\" { policy = \"read\" }",
                7,
                8);
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void asTextACommandShowsNoSecretOfAToken(Command command) {
        assertThat(command.toString()).doesNotContain("the-secret");
    }

    @Test
    void aTokenWithAFieldOfANewerBuildIsRefusedByName() {
        UnknownFieldSet.Field field =
                UnknownFieldSet.Field.newBuilder().addVarint(1).build();
        AclToken newer = AclToken.newBuilder()
                .setUnknownFields(
                        UnknownFieldSet.newBuilder().addField(99, field).build())
                .build();
        LoggedCommand logged = LoggedCommand.newBuilder()
                .setAcl(dev.coord.api.storage.v1.AclChange.newBuilder()
                        .setPutToken(AclPutToken.newBuilder().setToken(newer)))
                .build();
        assertThatThrownBy(() -> CommandCodec.decode(logged))
                .isInstanceOf(CommandFormatException.class)
                .hasMessageContaining("AclToken")
                .hasMessageContaining("[99]");
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void aCommandComesBackWithItsTime(Command command) {
        byte[] bytes = CommandCodec.encode(command, 1_700_000_000_123L);
        assertThat(CommandCodec.decode(bytes)).isEqualTo(new TimedCommand(command, 1_700_000_000_123L));
        assertThat(CommandCodec.decode(ByteBuffer.wrap(bytes)).command()).isEqualTo(command);
    }

    @Test
    void everyKindOfCommandIsAmongThem() {
        assertThat(everyCommand().<Class<?>>map(Command::getClass).distinct())
                .containsExactlyInAnyOrder(Command.class.getPermittedSubclasses());
    }

    @Test
    void aCommandOfANewerBuildIsRefusedByNumber() {
        UnknownFieldSet.Field field =
                UnknownFieldSet.Field.newBuilder().addVarint(1).build();
        byte[] newer = LoggedCommand.newBuilder()
                .setTimeMs(1)
                .setUnknownFields(
                        UnknownFieldSet.newBuilder().addField(77, field).build())
                .build()
                .toByteArray();
        assertThatThrownBy(() -> CommandCodec.decode(newer))
                .isInstanceOf(CommandFormatException.class)
                .hasMessageContaining("[77]")
                .hasMessageContaining("a newer build wrote it");
    }

    @Test
    void aKnownCommandWithAFieldOfANewerBuildIsRefusedByName() {
        UnknownFieldSet.Field field =
                UnknownFieldSet.Field.newBuilder().addVarint(1).build();
        LoggedCommand newer = LoggedCommand.newBuilder()
                .setKvPut(KvPut.newBuilder()
                        .setKey("k")
                        .setUnknownFields(
                                UnknownFieldSet.newBuilder().addField(99, field).build()))
                .build();
        assertThatThrownBy(() -> CommandCodec.decode(newer))
                .isInstanceOf(CommandFormatException.class)
                .hasMessageContaining("KvPut")
                .hasMessageContaining("[99]");
    }

    @Test
    void bytesThatAreNoCommandAreRefused() {
        byte[] garbage = "not protobuf".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> CommandCodec.decode(garbage)).isInstanceOf(CommandFormatException.class);
        assertThatThrownBy(() -> CommandCodec.decode(new byte[0]))
                .isInstanceOf(CommandFormatException.class)
                .hasMessageContaining("no command");
    }

    @Test
    void whatASessionMessageLeavesOutGetsItsDefault() {
        SessionEntry session = ApiMapping.fromMessage(Session.getDefaultInstance());
        assertThat(session.behavior()).isEqualTo(SessionEntry.Behavior.RELEASE);
        assertThat(session.lockDelayMillis()).isEqualTo(15_000);
        SessionEntry none =
                ApiMapping.fromMessage(Session.newBuilder().setLockDelayMs(0).build());
        assertThat(none.lockDelayMillis()).isZero();
    }
}
