package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.SecretDigest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of tokens, policies and roles. */
class AclStateTest {

    private State state = State.empty();
    private long timeMillis = 1_000;

    private CommandResult apply(AclChange change) {
        Transition transition = state.apply(new Command.Acl(change), timeMillis);
        state = transition.state();
        return transition.result();
    }

    private void refused(AclChange change, String message) {
        AclTables before = state.acl();
        CommandResult result = apply(change);
        assertThat(result.rejection()).as(message).isNotNull();
        Rejection rejection = result.rejection();
        assertThat(rejection == null ? "" : rejection.message()).contains(message);
        assertThat(state.acl()).isSameAs(before);
    }

    private static TokenEntry token(String accessor, String secret) {
        return TokenEntry.of(accessor, secret, "about", List.of(), 1);
    }

    private static PolicyEntry policy(String id, String name) {
        return new PolicyEntry(id, name, "about", "operator = \"read\"", List.of(), 0, 0);
    }

    private static RoleEntry role(String id, String name) {
        return new RoleEntry(id, name, "about", List.of("p1"), List.of(), List.of(), 0, 0);
    }

    @Test
    void itBeginsWithTheManagementPolicyAndTheAnonymousToken() {
        assertThat(state.acl().policies()).extracting(PolicyEntry::name).containsExactly("global-management");
        assertThat(state.acl().tokens()).extracting(TokenEntry::secretId).containsExactly("anonymous");
        assertThat(state.acl().index()).isEqualTo(1);
    }

    @Test
    void bootstrapWorksOnceAndOnceMoreWithTheResetIndex() {
        assertThat(apply(new AclChange.Bootstrap(token("a", "s"), 0)).ok()).isTrue();
        long index = state.acl().bootstrapIndex();
        assertThat(index).isEqualTo(state.revision());

        refused(
                new AclChange.Bootstrap(token("b", "t"), 0),
                "ACL bootstrap no longer allowed (reset index: " + index + ")");
        assertThat(apply(new AclChange.Bootstrap(token("b", "t"), index)).ok()).isTrue();
        assertThat(state.acl().token("a")).isNotNull();
        assertThat(state.acl().token("b")).isNotNull();
    }

    @Test
    void accessorsAndSecretsAreUniqueAndASecretStays() {
        apply(new AclChange.PutToken(token("a", "s"), true));

        refused(new AclChange.PutToken(token("a", "t"), true), "AccessorID is already in use");
        refused(new AclChange.PutToken(token("b", "s"), true), "SecretID is already in use");
        refused(new AclChange.PutToken(token("b", "t"), false), "Cannot find token \"b\"");
        refused(new AclChange.PutToken(token("a", "t"), false), "Changing a token's SecretID is not permitted");
        refused(
                new AclChange.DeleteToken(AclEntries.ANONYMOUS_TOKEN),
                "Delete operation not permitted on the anonymous token");
    }

    @Test
    void aChangedTokenKeepsItsCreateIndexAndADeletedOneIsGoneByBothNames() {
        apply(new AclChange.PutToken(token("a", "s"), true));
        TokenEntry created = state.acl().token("a");
        apply(new AclChange.PutToken(token("a", "s"), false));
        TokenEntry changed = state.acl().token("a");
        assertThat(created == null || changed == null).isFalse();
        assertThat(changed.createIndex()).isEqualTo(created.createIndex());
        assertThat(changed.modifyIndex()).isEqualTo(state.revision());

        apply(new AclChange.DeleteToken("a"));
        assertThat(state.acl().token("a")).isNull();
        assertThat(state.acl().tokenOf(SecretDigest.of("s"))).isNull();
        assertThat(state.acl().tokensIndex()).isEqualTo(state.revision());
        long index = state.acl().tokensIndex();
        assertThat(apply(new AclChange.DeleteToken("a")).ok()).isTrue();
        assertThat(state.acl().tokensIndex()).isEqualTo(index);
    }

    @Test
    void namesOfPoliciesAndRolesAreUniqueAndTheManagementPolicyStays() {
        apply(new AclChange.PutPolicy(policy("p1", "one"), true));
        apply(new AclChange.PutRole(role("r1", "one"), true));

        refused(new AclChange.PutPolicy(policy("p2", "one"), true), "A Policy with Name \"one\" already exists");
        refused(new AclChange.PutPolicy(policy("p2", "two"), false), "cannot find policy p2");
        refused(new AclChange.PutRole(role("r2", "one"), true), "A Role with Name \"one\" already exists");
        refused(new AclChange.PutRole(role("r2", "two"), false), "cannot find role r2");
        refused(
                new AclChange.DeletePolicy(AclEntries.MANAGEMENT_POLICY),
                "not permitted on the builtin global-management policy");
        refused(
                new AclChange.PutPolicy(policy(AclEntries.MANAGEMENT_POLICY, "global-management"), false),
                "Changing the Rules for the builtin global-management policy");
    }

    @Test
    void expiryIsByTheCommandsTimeAlone() {
        TokenEntry expiring =
                new TokenEntry("a", "s", "", List.of(), List.of(), List.of(), List.of(), false, 5_000, 1, "", "", 0, 0);
        apply(new AclChange.PutToken(expiring, true));

        timeMillis = 4_999;
        apply(new AclChange.DropExpiredTokens());
        assertThat(state.acl().token("a")).isNotNull();
        timeMillis = 5_000;
        apply(new AclChange.DropExpiredTokens());
        assertThat(state.acl().token("a")).isNull();
    }

    @Test
    void aSnapshotHoldsThemAll() throws IOException {
        apply(new AclChange.Bootstrap(token("a", "s"), 0));
        apply(new AclChange.PutPolicy(policy("p1", "one"), true));
        apply(new AclChange.PutRole(role("r1", "one"), true));
        apply(new AclChange.PutToken(token("b", "t"), true));
        apply(new AclChange.DeleteToken("b"));

        byte[] snapshot = written(state);
        State read = SnapshotCodec.read(new ByteArrayInputStream(snapshot));

        assertThat(read).isEqualTo(state);
        assertThat(read.acl().bootstrapIndex()).isEqualTo(state.acl().bootstrapIndex());
        assertThat(read.acl().tokenOf(SecretDigest.of("s")))
                .isEqualTo(state.acl().token("a"));
        assertThat(read.acl().tokenOf(SecretDigest.of("t"))).isNull();
        assertThat(written(read)).isEqualTo(snapshot);
    }

    @Test
    void aStateThatNeverUsedAclsIsWrittenAsBefore() throws IOException {
        assertThat(new String(written(State.empty()), java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("global-management")
                .doesNotContain("anonymous");
    }

    private static byte[] written(State state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state, out);
        return out.toByteArray();
    }

    @Test
    void asTextTheTablesShowNumbersAlone() {
        apply(new AclChange.PutToken(token("a", "the-secret"), true));
        assertThat(state.acl().toString() + state).doesNotContain("the-secret");
    }
}
