package dev.coord.server.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.LocalConsensus;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a secret to what its bearer may do. */
class TokenAccessTest {

    private final AtomicLong wallMillis = new AtomicLong(1_000_000);
    private final LocalConsensus consensus = new LocalConsensus(wallMillis::get, null);
    private final OwnTokenStore own = AclFixture.own(AclFixture.DENY);
    private final TokenAccess access = new TokenAccess(AclFixture.DENY, own, "dc1", "n1", wallMillis::get);

    private Authorizer may(String secret) {
        return access.authorizer(consensus.latest(), secret);
    }

    private String token(TokenEntry token) {
        AclFixture.apply(consensus, new AclChange.PutToken(token, true));
        return token.secretId();
    }

    private static TokenEntry tokenWith(
            List<String> policies,
            List<String> roles,
            List<ServiceIdentity> services,
            List<NodeIdentity> nodes,
            long expirationMillis) {
        return new TokenEntry(
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                "",
                policies,
                roles,
                services,
                nodes,
                false,
                expirationMillis,
                1,
                "",
                "",
                0,
                0);
    }

    @Test
    void whoShowsNoTokenIsAnonymousUnlessTheServerHasADefaultToken() throws Exception {
        String reader = AclFixture.token(consensus, "key_prefix \"\" { policy = \"read\" }");

        assertThat(may("").mayRead(Resource.KEY, "k")).isFalse();
        assertThat(may("anonymous")).isEqualTo(may(""));

        own.set(OwnTokenStore.Kind.DEFAULT, reader);
        assertThat(may("").mayRead(Resource.KEY, "k")).isTrue();
    }

    @Test
    void anUnknownTokenIsNotFound() {
        assertThatThrownBy(() -> may("nobody"))
                .isInstanceOf(AccessException.class)
                .hasMessage("ACL not found");
    }

    @Test
    void aChangeOfPolicyCountsAtOnce() {
        PolicyEntry policy = AclFixture.policy(consensus, "key \"k\" { policy = \"read\" }");
        String secret = token(tokenWith(List.of(policy.id()), List.of(), List.of(), List.of(), 0));
        Authorizer before = may(secret);
        assertThat(before.mayWrite(Resource.KEY, "k")).isFalse();
        assertThat(may(secret)).isSameAs(before);

        AclFixture.apply(
                consensus,
                new AclChange.PutPolicy(
                        new PolicyEntry(
                                policy.id(), policy.name(), "", "key \"k\" { policy = \"write\" }", List.of(), 0, 0),
                        false));

        assertThat(may(secret).mayWrite(Resource.KEY, "k")).isTrue();
        assertThat(may(secret)).isNotEqualTo(before);

        AclFixture.apply(consensus, new AclChange.DeletePolicy(policy.id()));
        assertThat(may(secret).mayRead(Resource.KEY, "k")).isFalse();
    }

    @Test
    void tokensWithTheSamePoliciesShareAnAuthorizer() {
        PolicyEntry policy = AclFixture.policy(consensus, "operator = \"read\"");
        String one = token(tokenWith(List.of(policy.id()), List.of(), List.of(), List.of(), 0));
        String other = token(tokenWith(List.of(policy.id()), List.of(), List.of(), List.of(), 0));

        assertThat(may(one)).isSameAs(may(other));
    }

    @Test
    void rolesAndIdentitiesGiveWhatTheyStandFor() {
        PolicyEntry policy = AclFixture.policy(consensus, "event \"e\" { policy = \"write\" }");
        RoleEntry role = new RoleEntry(
                UUID.randomUUID().toString(),
                "role",
                "",
                List.of(policy.id()),
                List.of(new ServiceIdentity("web", List.of())),
                List.of(),
                0,
                0);
        AclFixture.apply(consensus, new AclChange.PutRole(role, true));
        Authorizer may = may(token(tokenWith(
                List.of(),
                List.of(role.id()),
                List.of(new ServiceIdentity("elsewhere", List.of("dc2"))),
                List.of(new NodeIdentity("n7", "dc1"), new NodeIdentity("n8", "dc2")),
                0)));

        assertThat(may.mayWrite(Resource.EVENT, "e")).isTrue();
        assertThat(may.mayWrite(Resource.SERVICE, "web")).isTrue();
        assertThat(may.mayWrite(Resource.SERVICE, "web-sidecar-proxy")).isTrue();
        assertThat(may.mayRead(Resource.SERVICE, "other")).isTrue();
        assertThat(may.mayWrite(Resource.SERVICE, "other")).isFalse();
        assertThat(may.mayWrite(Resource.SERVICE, "elsewhere")).isFalse();
        assertThat(may.mayWrite(Resource.NODE, "n7")).isTrue();
        assertThat(may.mayWrite(Resource.NODE, "n8")).isFalse();
        assertThat(may.mayRead(Resource.NODE, "n8")).isTrue();
    }

    @Test
    void aPolicyOfAnotherDatacenterGivesNothingHere() {
        PolicyEntry policy =
                new PolicyEntry(UUID.randomUUID().toString(), "far", "", "operator = \"read\"", List.of("dc2"), 0, 0);
        AclFixture.apply(consensus, new AclChange.PutPolicy(policy, true));

        assertThat(may(token(tokenWith(List.of(policy.id()), List.of(), List.of(), List.of(), 0)))
                        .mayRead(Resource.OPERATOR))
                .isFalse();
    }

    @Test
    void theManagementPolicyAllowsEverything() {
        Authorizer may =
                may(token(tokenWith(List.of(AclEntries.MANAGEMENT_POLICY), List.of(), List.of(), List.of(), 0)));

        for (Resource resource : Resource.values()) {
            boolean allowed = resource.named() ? may.mayWrite(resource, "any") : may.mayWrite(resource);
            assertThat(allowed).as(resource.text()).isTrue();
        }
    }

    @Test
    void anExpiredTokenCountsForNothingEvenBeforeItIsRemoved() {
        String secret = token(tokenWith(List.of(), List.of(), List.of(), List.of(), wallMillis.get() + 60_000));
        assertThat(may(secret)).isNotNull();

        wallMillis.addAndGet(60_000);
        assertThatThrownBy(() -> may(secret)).hasMessage("ACL not found");

        AclFixture.apply(consensus, new AclChange.DropExpiredTokens());
        assertThat(consensus.latest().acl().tokens()).hasSize(1);
    }

    @Test
    void theAgentMasterTokenOpensThisServersAgentPathsAlone() {
        Authorizer may = may(AclFixture.AGENT_MASTER);

        assertThat(may.mayWrite(Resource.AGENT, "n1")).isTrue();
        assertThat(may.mayWrite(Resource.AGENT, "n2")).isFalse();
        assertThat(may.mayRead(Resource.NODE, "n2")).isTrue();
        assertThat(may.mayRead(Resource.KEY, "k")).isFalse();
    }

    @Test
    void moreTokensThanAreRememberedAreFoundAllTheSame() {
        List<String> secrets = new java.util.ArrayList<>();
        for (int i = 0; i < TokenAccess.REMEMBERED_MAX + 10; i++) {
            secrets.add(token(tokenWith(List.of(), List.of(), List.of(), List.of(), 0)));
        }
        for (String secret : secrets) {
            assertThat(may(secret).mayRead(Resource.KEY, "k")).isFalse();
        }
    }

    @Test
    void tokensOfTheServerOutliveARestartIfAsked(@TempDir Path directory) throws IOException {
        AclSettings keeping = new AclSettings(
                true,
                false,
                false,
                true,
                "",
                new AclSettings.OwnTokens("configured", "", "", ""),
                AclSettings.Lookups.DEFAULT);
        OwnTokenStore first = new OwnTokenStore(keeping, directory);
        assertThat(first.get(OwnTokenStore.Kind.DEFAULT)).isEqualTo("configured");
        first.set(OwnTokenStore.Kind.DEFAULT, "given \"later\"");

        assertThat(new OwnTokenStore(keeping, directory).get(OwnTokenStore.Kind.DEFAULT))
                .isEqualTo("given \"later\"");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("acl-tokens.json"))))
                .isEqualTo("rw-------");
        assertThat(keeping.toString()).doesNotContain("configured");
    }
}
