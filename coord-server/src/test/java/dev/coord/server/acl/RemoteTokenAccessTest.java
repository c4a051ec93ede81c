package dev.coord.server.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.TextFormat;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.LocalConsensus;
import dev.coord.server.acl.AclSettings.DownPolicy;
import dev.coord.server.acl.AclSettings.Lookups;
import dev.coord.server.acl.AclSettings.OwnTokens;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.State;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What an agent that keeps no tokens makes of them. The server it asks is one, but for the way there. */
class RemoteTokenAccessTest {

    private static final Duration TTL = Duration.ofSeconds(30);
    private static final String READ_K = "key \"k\" { policy = \"read\" }";

    private final AtomicLong wallMillis = new AtomicLong(1_000_000);
    private final AtomicLong clockMillis = new AtomicLong();
    private final LocalConsensus consensus = new LocalConsensus(wallMillis::get, null);
    private final List<TokenCall> calls = new ArrayList<>();
    private final List<TokenReply> replies = new ArrayList<>();
    private AgentTokens server = server(AclFixture.DENY);
    private boolean away;
    /** What answers are held up by; done: by nothing. */
    private CompletableFuture<Void> delay = CompletableFuture.completedFuture(null);

    private AgentTokens server(AclSettings settings) {
        return new AgentTokens(settings, AclFixture.access(settings, "s1"), consensus);
    }

    private RemoteTokenAccess agent(DownPolicy whenUnreachable) {
        return agent(AclFixture.deny(new Lookups(TTL, whenUnreachable)));
    }

    private RemoteTokenAccess agent(AclSettings settings) {
        return new RemoteTokenAccess(
                settings, AclFixture.own(settings), "dc1", "a1", this::ask, wallMillis::get, clockMillis::get);
    }

    private CompletableFuture<TokenReply> ask(TokenCall call) {
        calls.add(call);
        return away
                ? CompletableFuture.failedFuture(new IOException("no server is known to be alive"))
                : delay.thenCompose(ready -> server.records(call)).whenComplete((reply, failure) -> replies.add(reply));
    }

    private static Authorizer may(RemoteTokenAccess agent, String secret) {
        try {
            agent.lookUp(secret).join();
        } catch (CompletionException e) {
            throw (AccessException) Objects.requireNonNull(e.getCause());
        }
        return agent.authorizer(State.empty(), secret);
    }

    private void delete(String secret) {
        TokenEntry token = Objects.requireNonNull(consensus.latest().acl().tokenOf(SecretDigest.of(secret)));
        AclFixture.apply(consensus, new AclChange.DeleteToken(token.accessorId()));
    }

    @Test
    void whatAServerSaysOfATokenCountsForItsTimeToLive() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        String secret = AclFixture.token(consensus, READ_K);

        Authorizer may = may(agent, secret);
        assertThat(may.mayRead(Resource.KEY, "k")).isTrue();
        assertThat(may.mayRead(Resource.KEY, "other")).isFalse();
        delete(secret);
        clockMillis.addAndGet(TTL.toMillis() - 1);

        assertThat(may(agent, secret)).isSameAs(may);
        assertThat(calls).hasSize(1);

        clockMillis.addAndGet(1);
        assertThatThrownBy(() -> may(agent, secret)).hasMessage("ACL not found");
        assertThatThrownBy(() -> agent.authorizer(State.empty(), secret)).hasMessage("ACL not found");
    }

    @Test
    void rolesAndTheirPoliciesComeWithTheTokenAndChangesOfThemAfterItsTimeToLive() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        PolicyEntry policy = AclFixture.policy(consensus, READ_K);
        RoleEntry role = new RoleEntry(
                UUID.randomUUID().toString(), "role", "", List.of(policy.id()), List.of(), List.of(), 0, 0);
        AclFixture.apply(consensus, new AclChange.PutRole(role, true));
        TokenEntry token = tokenOfRole(role.id(), 0);
        AclFixture.apply(consensus, new AclChange.PutToken(token, true));

        assertThat(may(agent, token.secretId()).mayRead(Resource.KEY, "k")).isTrue();
        assertThat(agent.accessor(State.empty(), token.secretId())).isEqualTo(token.accessorId());

        AclFixture.apply(consensus, new AclChange.DeletePolicy(policy.id()));
        clockMillis.addAndGet(TTL.toMillis());
        assertThat(may(agent, token.secretId()).mayRead(Resource.KEY, "k")).isFalse();
    }

    private static TokenEntry tokenOfRole(String role, long expirationMillis) {
        return new TokenEntry(
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                "",
                List.of(),
                List.of(role),
                List.of(),
                List.of(),
                false,
                expirationMillis,
                1,
                "",
                "",
                0,
                0);
    }

    @Test
    void anExpiredTokenCountsForNothingEvenWithinItsTimeToLive() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        TokenEntry token = tokenOfRole("none", wallMillis.get() + 60_000);
        AclFixture.apply(consensus, new AclChange.PutToken(token, true));
        may(agent, token.secretId());

        wallMillis.addAndGet(60_000);

        assertThatThrownBy(() -> may(agent, token.secretId())).hasMessage("ACL not found");
    }

    @Test
    void whileNoServerAnswersATokenThatWasShownBeforeGoesOnToCountAndAnotherIsRefusedWithTheReason() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        String known = AclFixture.token(consensus, READ_K);
        may(agent, known);
        away = true;
        clockMillis.addAndGet(10 * TTL.toMillis());

        assertThat(may(agent, known).mayRead(Resource.KEY, "k")).isTrue();
        assertThatThrownBy(() -> may(agent, AclFixture.token(consensus, READ_K)))
                .isInstanceOfSatisfying(AccessException.class, refused -> assertThat(refused.reason())
                        .isEqualTo(AccessException.Reason.DENIED))
                .hasMessageContaining("no server could tell this agent what the token allows")
                .hasMessageContaining("no server is known to be alive");

        away = false;
        delete(known);
        assertThatThrownBy(() -> may(agent, known)).hasMessage("ACL not found");
    }

    @Test
    void withDenyATokenCountsForItsTimeToLiveAndNoLonger() {
        RemoteTokenAccess agent = agent(DownPolicy.DENY);
        String known = AclFixture.token(consensus, READ_K);
        may(agent, known);
        away = true;

        clockMillis.addAndGet(TTL.toMillis() - 1);
        assertThat(may(agent, known).mayRead(Resource.KEY, "k")).isTrue();

        clockMillis.addAndGet(1);
        assertThatThrownBy(() -> may(agent, known)).hasMessageContaining("acl.down_policy is \"deny\"");
    }

    @Test
    void withAsyncCacheAServerIsAskedBesideTheRequest() {
        RemoteTokenAccess agent = agent(DownPolicy.ASYNC_CACHE);
        String known = AclFixture.token(consensus, READ_K);
        may(agent, known);
        delete(known);
        clockMillis.addAndGet(TTL.toMillis());
        delay = new CompletableFuture<>();

        assertThat(may(agent, known).mayRead(Resource.KEY, "k")).isTrue();
        delay.complete(null);

        assertThatThrownBy(() -> may(agent, known)).hasMessage("ACL not found");
    }

    @Test
    void equalQuestionsAtOneTimeAreOne() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        String secret = AclFixture.token(consensus, READ_K);
        delay = new CompletableFuture<>();

        CompletableFuture<Void> first = agent.lookUp(secret);
        CompletableFuture<Void> second = agent.lookUp(secret);
        assertThat(first).isNotDone();
        delay.complete(null);

        assertThat(second).isCompleted();
        assertThat(calls).hasSize(1);
    }

    @Test
    void anUnknownTokenIsAskedForEachTimeAndNotKept() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        assertThatThrownBy(() -> may(agent, "nobody")).hasMessage("ACL not found");
        assertThatThrownBy(() -> may(agent, "nobody")).hasMessage("ACL not found");
        assertThat(calls).hasSize(2);
    }

    @Test
    void moreTokensThanAreKeptPushOutTheOneUsedLongestAgo() {
        RemoteTokenAccess agent = agent(DownPolicy.EXTEND_CACHE);
        String oldest = AclFixture.token(consensus, READ_K);
        String used = AclFixture.token(consensus, READ_K);
        may(agent, oldest);
        may(agent, used);
        for (int i = 0; i < RemoteTokenAccess.KEPT_MAX - 1; i++) {
            TokenEntry token = tokenOfRole("none", 0);
            AclFixture.apply(consensus, new AclChange.PutToken(token, true));
            may(agent, used);
            may(agent, token.secretId());
        }
        int asked = calls.size();

        may(agent, used);
        assertThat(calls).hasSize(asked);
        may(agent, oldest);
        assertThat(calls).hasSize(asked + 1);
    }

    @Test
    void whoShowsNoTokenIsAnonymousUnlessTheAgentHasADefaultToken() {
        AclFixture.allowAnonymous(consensus, READ_K);
        String writer = AclFixture.token(consensus, "key \"k\" { policy = \"write\" }");
        AclSettings withDefault =
                new AclSettings(true, false, false, false, "", new OwnTokens(writer, "", "", ""), Lookups.DEFAULT);

        assertThat(may(agent(DownPolicy.EXTEND_CACHE), "").mayRead(Resource.KEY, "k"))
                .isTrue();
        assertThat(may(agent(DownPolicy.EXTEND_CACHE), "").mayWrite(Resource.KEY, "k"))
                .isFalse();
        assertThat(may(agent(withDefault), "").mayWrite(Resource.KEY, "k")).isTrue();
    }

    @Test
    void whatEitherSideDeniesByDefaultIsDenied() {
        String secret = AclFixture.token(consensus, READ_K);
        AclSettings allow =
                new AclSettings(true, true, false, false, "", new OwnTokens("", "", "", ""), Lookups.DEFAULT);

        assertThat(may(agent(allow), secret).mayRead(Resource.KEY, "other")).isFalse();

        server = server(allow);
        assertThat(may(agent(allow), secret).mayRead(Resource.KEY, "other")).isTrue();
        assertThat(may(agent(DownPolicy.DENY), secret).mayRead(Resource.KEY, "other"))
                .isFalse();
    }

    @Test
    void aServerWithoutAclsSaysSoAndNothingIsAllowed() {
        server = server(AclSettings.OFF);
        assertThatThrownBy(() -> may(agent(DownPolicy.EXTEND_CACHE), AclEntries.ANONYMOUS_SECRET))
                .hasMessageContaining("ACLs are off on this server");
    }

    @Test
    void theAgentMasterTokenOpensThisAgentsPathsWithoutAnyServer() {
        away = true;
        Authorizer may = may(agent(DownPolicy.EXTEND_CACHE), AclFixture.AGENT_MASTER);

        assertThat(may.mayWrite(Resource.AGENT, "a1")).isTrue();
        assertThat(may.mayWrite(Resource.AGENT, "s1")).isFalse();
        assertThat(calls).isEmpty();
    }

    @Test
    void noSecretTravels() {
        String secret = AclFixture.token(consensus, READ_K);
        may(agent(DownPolicy.EXTEND_CACHE), secret);

        assertThat(TextFormat.printer().printToString(calls.get(0))).doesNotContain(secret);
        assertThat(TextFormat.printer().printToString(replies.get(0))).doesNotContain(secret);
    }
}
