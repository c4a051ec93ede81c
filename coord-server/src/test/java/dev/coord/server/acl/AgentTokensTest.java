package dev.coord.server.acl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SecretDigest;
import org.junit.jupiter.api.Test;

/** What a server tells agents of tokens, and what it takes from them. */
class AgentTokensTest {

    private final LocalConsensus consensus = new LocalConsensus(() -> 1, null);
    private final AgentTokens tokens =
            new AgentTokens(AclFixture.DENY, AclFixture.access(AclFixture.DENY, "s1"), consensus);

    private TokenReply ask(String secret) {
        return tokens.records(TokenCall.newBuilder()
                        .setSecretDigest(
                                ByteString.copyFrom(SecretDigest.of(secret).toBytes()))
                        .build())
                .join();
    }

    @Test
    void aKnownTokenIsToldOfWithoutALeaderAndAnUnknownOneNeedsOne() {
        String known = AclFixture.token(consensus, "operator = \"read\"");
        assertThat(ask("nobody").getError()).isEmpty();
        assertThat(ask("nobody").getRecordsList()).isEmpty();

        consensus.setLeading(false);

        assertThat(ask(known).getRecordsList()).hasSize(2);
        assertThat(ask("nobody").getError()).isEqualTo("No cluster leader");
    }

    @Test
    void aDigestOfTheWrongLengthIsRefused() {
        assertThat(tokens.records(TokenCall.getDefaultInstance()).join().getError())
                .contains("has 32 bytes, not 0");
    }

    @Test
    void anAgentKeepsTheNodeThatItsTokenMayWriteAndNothingElse() {
        String secret = AclFixture.token(consensus, "node \"a1\" { policy = \"write\" }");

        assertThat(tokens.refusal(new Command.Deregister("a1", "web", null), secret))
                .isNull();
        assertThat(tokens.refusal(new Command.Deregister("a2", "web", null), secret))
                .startsWith("Permission denied")
                .contains("write access to node a2")
                .doesNotContain(secret);
        assertThat(tokens.refusal(new Command.Deregister("a1", null, null), "nobody"))
                .startsWith("ACL not found");
        assertThat(tokens.refusal(
                        new Command.KvPut("k", ByteString.EMPTY, 0, null, null, null), AclFixture.AGENT_MASTER))
                .isEqualTo("Permission denied: an agent brings no KvPut by itself");
    }

    @Test
    void whereAclsAreOffEverythingIsTaken() {
        AgentTokens open = new AgentTokens(AclSettings.OFF, AclFixture.access(AclSettings.OFF, "s1"), consensus);
        assertThat(open.refusal(new Command.Deregister("a2", null, null), "nobody"))
                .isNull();
    }
}
