package dev.coord.server.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.server.LocalConsensus;
import dev.coord.server.ManualClock;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.LeaseChannel;
import dev.coord.server.command.Leases.Beat;
import dev.coord.server.command.Leases.BeatResult;
import dev.coord.server.command.SessionEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sessions, TTL checks and the health of servers, as the leader keeps them. Time is the test's. */
class LeaderLeasesTest {

    private static final long TTL = 10_000;
    private static final String SESSION = "5e55105e-0000-0000-0000-000000000001";

    private final ManualClock clock = new ManualClock();
    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, null);
    private final ThreeServers cluster = new ThreeServers(consensus);
    private final ToLeader channel = new ToLeader();
    private final List<LeaderLeases> started = new ArrayList<>();

    /** Reaches whoever was named the leader, as the Raft transport does. */
    private static final class ToLeader implements LeaseChannel {
        private volatile @Nullable Handler leader;

        @Override
        public CompletableFuture<LeaseResponse> ask(LeaseRequest request) {
            return Objects.requireNonNull(leader).handle(request);
        }

        @Override
        public void answerWith(Handler handler) {
            leader = handler;
        }
    }

    private LeaderLeases server() {
        LeaderLeases leases = new LeaderLeases(consensus, consensus, cluster, channel, clock, new Random(1));
        leases.start();
        started.add(leases);
        return leases;
    }

    private LeaderLeases leader() {
        LeaderLeases leases = server();
        channel.answerWith(leases);
        leases.leading(1);
        settle(leases);
        return leases;
    }

    @AfterEach
    void stop() {
        started.forEach(LeaderLeases::close);
    }

    /** Returns when the lease thread has done what was due. */
    private static void settle(LeaderLeases leases) {
        for (int turns = 0; turns < 3; turns++) {
            var unused = leases.renewSession("nobody")
                    .handle((found, failure) -> found)
                    .join();
        }
    }

    private void pass(LeaderLeases leases, long millis) {
        clock.advance(millis);
        settle(leases);
    }

    /** Long enough for whatever is looked at now and then to be looked at often. */
    private void passInSteps(LeaderLeases leases, long millis) {
        for (long passed = 0; passed < millis; passed += 500) {
            pass(leases, 500);
        }
    }

    private void createSession() {
        register("web-1", null);
        consensus.apply(new Command.CreateSession(new SessionEntry(
                SESSION, "", "web-1", SessionEntry.Behavior.RELEASE, TTL, 0, List.of(), List.of(), 0, 0)));
    }

    private boolean sessionExists() {
        return consensus.latest().session(SESSION) != null;
    }

    private void register(String node, @Nullable CheckEntry check) {
        NodeEntry entry = new NodeEntry("", node, "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
        ServiceEntry service =
                new ServiceEntry(node, "web", "web", List.of(), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
        consensus.apply(new Command.Register(entry, service, check == null ? List.of() : List.of(check), false));
    }

    private static CheckEntry check(String node, CheckStatus status, @Nullable CheckDefinition definition) {
        return new CheckEntry(node, "web-ttl", "web", status, "", "", "web", "", List.of(), "ttl", definition, 0, 0);
    }

    private static CheckDefinition ttl(long ttlMillis, long deregisterMillis) {
        return new CheckDefinition(ttlMillis, "", "", "", "", Map.of(), "", false, 0, 0, deregisterMillis);
    }

    private void registerTtlCheck(CheckStatus status) {
        register("web-1", check("web-1", status, ttl(TTL, 0)));
    }

    private CheckEntry theCheck() {
        return Objects.requireNonNull(consensus.latest().check("web-1", "web-ttl"));
    }

    private static List<BeatResult> beat(LeaderLeases leases, CheckStatus status, String output) {
        return leases.heartbeat(List.of(new Beat("web-1", "web-ttl", status, output)))
                .join();
    }

    // ---- Sessions

    @Test
    void aSessionThatNobodyRenewsEndsAfterOneTtlAndBeforeTwo() {
        createSession();
        LeaderLeases leases = leader();

        pass(leases, TTL);
        assertThat(sessionExists()).isTrue();
        pass(leases, TTL - 1);
        assertThat(sessionExists()).isFalse();
    }

    @Test
    void aSessionThatIsRenewedLivesOn() {
        createSession();
        LeaderLeases leases = leader();

        for (int i = 0; i < 10; i++) {
            pass(leases, TTL);
            assertThat(leases.renewSession(SESSION).join()).isTrue();
        }
        assertThat(sessionExists()).isTrue();
        pass(leases, 2 * TTL);
        assertThat(sessionExists()).isFalse();
        assertThat(leases.renewSession(SESSION).join()).isFalse();
    }

    @Test
    void aSessionCreatedUnderThisLeaderIsTimedWithoutARenewal() {
        LeaderLeases leases = leader();
        createSession();

        passInSteps(leases, 5_000);
        pass(leases, 2 * TTL);
        assertThat(sessionExists()).isFalse();
    }

    @Test
    void aNewLeaderGivesEverySessionAWholeTtlAgain() {
        createSession();
        LeaderLeases old = leader();
        pass(old, TTL + TTL / 4);
        old.following();
        settle(old);

        LeaderLeases next = leader();
        pass(next, TTL);
        assertThat(sessionExists()).isTrue();
        pass(next, TTL);
        assertThat(sessionExists()).isFalse();
    }

    @Test
    void theEndOfASessionIsWrittenOnceTheLogTakesItAgain() {
        createSession();
        LeaderLeases leases = leader();

        consensus.setLeading(false);
        pass(leases, 2 * TTL);
        assertThat(sessionExists()).isTrue();
        consensus.setLeading(true);
        pass(leases, 2_000);
        assertThat(sessionExists()).isFalse();
    }

    @Test
    void anotherServerRenewsThroughTheLeader() {
        createSession();
        LeaderLeases leader = leader();
        LeaderLeases follower = server();

        pass(leader, TTL);
        assertThat(follower.renewSession(SESSION).join()).isTrue();
        pass(leader, TTL);
        assertThat(sessionExists()).isTrue();
        assertThat(follower.renewSession("unknown").join()).isFalse();
    }

    @Test
    void aServerThatLeadsNoMoreSaysSo() {
        createSession();
        LeaderLeases leases = leader();
        leases.following();

        assertThatThrownBy(() -> leases.renewSession(SESSION).join())
                .hasCauseInstanceOf(ConsensusException.class)
                .hasMessageContaining("not the leader");
    }

    // ---- TTL checks

    @Test
    void aTtlCheckWithoutReportsTurnsCriticalAndSaysWhatItLastHeard() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        assertThat(beat(leases, CheckStatus.PASSING, "all is well")).containsExactly(BeatResult.OK);

        pass(leases, TTL - 1);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);
        pass(leases, 1);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);
        assertThat(theCheck().output()).isEqualTo("TTL expired (last output before timeout follows): all is well");
    }

    @Test
    void aReportBringsAnExpiredCheckBackAtOnce() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        pass(leases, TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);

        beat(leases, CheckStatus.WARNING, "limping");

        assertThat(theCheck().status()).isEqualTo(CheckStatus.WARNING);
        assertThat(theCheck().output()).isEqualTo("limping");
        pass(leases, TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);
    }

    @Test
    void reportsThatChangeNothingAreNotWritten() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        long revision = consensus.latest().revision();

        for (int i = 0; i < 100; i++) {
            pass(leases, TTL / 2);
            beat(leases, CheckStatus.PASSING, "");
        }

        assertThat(consensus.latest().revision()).isEqualTo(revision);
    }

    @Test
    void anOutputThatChangesAloneIsWrittenAtMostOnceAMinute() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        beat(leases, CheckStatus.PASSING, "1");
        pass(leases, 0);
        long revision = consensus.latest().revision();
        assertThat(theCheck().output()).isEqualTo("1");

        for (int i = 2; i <= 10; i++) {
            pass(leases, 5_000);
            beat(leases, CheckStatus.PASSING, Integer.toString(i));
        }
        assertThat(consensus.latest().revision()).isEqualTo(revision);
        pass(leases, 5_000);
        beat(leases, CheckStatus.PASSING, "11");
        for (int i = 0; i < 3; i++) {
            pass(leases, 5_000);
            beat(leases, CheckStatus.PASSING, "11");
        }
        assertThat(theCheck().output()).isEqualTo("11");
    }

    @Test
    void aNewLeaderTakesOverWithoutAFlap() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases old = leader();
        pass(old, TTL - 1);
        old.following();
        settle(old);

        LeaderLeases next = leader();
        long index = consensus.latest().serviceIndex("web");
        pass(next, TTL - 1);

        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);
        assertThat(consensus.latest().serviceIndex("web")).isEqualTo(index);
    }

    @Test
    void aCheckThatAnAgentTimesIsNotTheLeadersToExpire() {
        register("web-1", check("web-1", CheckStatus.PASSING, null));
        LeaderLeases leases = leader();

        pass(leases, 10 * TTL);

        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);
        assertThat(beat(leases, CheckStatus.CRITICAL, "")).containsExactly(BeatResult.NOT_TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);
    }

    @Test
    void aReportOnAnUnknownCheckTellsItsSenderToRegisterAgain() {
        LeaderLeases leases = leader();

        assertThat(beat(leases, CheckStatus.PASSING, "")).containsExactly(BeatResult.UNKNOWN_CHECK);
    }

    @Test
    void aCheckThatIsRegisteredAgainAsPassingExpiresAgain() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        pass(leases, TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);

        registerTtlCheck(CheckStatus.PASSING);
        passInSteps(leases, TTL / 2);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);
        pass(leases, TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);
    }

    @Test
    void aStatusThatCouldNotBeWrittenIsToldToWhoeverReportedIt() {
        registerTtlCheck(CheckStatus.CRITICAL);
        LeaderLeases leases = leader();
        consensus.setLeading(false);

        assertThatThrownBy(() -> beat(leases, CheckStatus.PASSING, "")).hasCauseInstanceOf(ConsensusException.class);
    }

    @Test
    void anExpiryThatCouldNotBeWrittenIsTriedAgain() {
        registerTtlCheck(CheckStatus.PASSING);
        LeaderLeases leases = leader();
        consensus.setLeading(false);
        pass(leases, TTL);
        assertThat(theCheck().status()).isEqualTo(CheckStatus.PASSING);

        consensus.setLeading(true);
        pass(leases, 2_000);

        assertThat(theCheck().status()).isEqualTo(CheckStatus.CRITICAL);
    }

    @Test
    void aServiceWhoseCheckStaysCriticalGoesAfterItsTimeAndNeverBeforeAMinute() {
        register("web-1", check("web-1", CheckStatus.CRITICAL, ttl(TTL, 1_000)));
        LeaderLeases leases = leader();

        pass(leases, CheckLeases.DEREGISTER_MILLIS_MIN - 1);
        assertThat(consensus.latest().service("web-1", "web")).isNotNull();
        pass(leases, 1);
        assertThat(consensus.latest().service("web-1", "web")).isNull();
    }

    @Test
    void aServiceThatRecoversInTimeStays() {
        register("web-1", check("web-1", CheckStatus.CRITICAL, ttl(TTL, 60_000)));
        LeaderLeases leases = leader();
        pass(leases, 59_000);
        beat(leases, CheckStatus.PASSING, "");
        passInSteps(leases, TTL / 2);

        passInSteps(leases, 40_000);

        assertThat(consensus.latest().service("web-1", "web")).isNotNull();
    }

    @Test
    void moreReportsThanOneHeartbeatMayCarryAreRefusedByName() {
        LeaderLeases leases = leader();
        List<Beat> beats = new ArrayList<>();
        for (int i = 0; i <= LeaderLeases.BEATS_MAX; i++) {
            beats.add(new Beat("web-1", "c" + i, CheckStatus.PASSING, ""));
        }

        assertThatThrownBy(() -> leases.heartbeat(beats).join())
                .hasMessageContaining("at most " + LeaderLeases.BEATS_MAX);
    }

    // ---- Servers

    private @Nullable CheckStatus health(String server) {
        CheckEntry check = consensus.latest().check(server, ServerNode.CHECK);
        return check == null ? null : check.status();
    }

    @Test
    void everyServerIsInTheCatalogWithItsServiceAndItsHealth() {
        leader();

        await().untilAsserted(() -> {
            assertThat(List.of("node-1", "node-2", "node-3"))
                    .allSatisfy(name -> assertThat(health(name)).isEqualTo(CheckStatus.PASSING));
            ServiceEntry service = Objects.requireNonNull(consensus.latest().service("node-2", "consul"));
            assertThat(service.port()).isEqualTo(8302);
            assertThat(service.tags()).isEmpty();
            assertThat(service.meta()).containsKeys("version", "raft_version", "non_voter");
        });
    }

    @Test
    void aServerThatDiesTurnsCriticalAndPassingWhenItIsBack() {
        LeaderLeases leases = leader();
        cluster.die("node-2");
        pass(leases, ServerHealth.SETTLE_MILLIS - 1);
        assertThat(health("node-2")).isEqualTo(CheckStatus.PASSING);

        passInSteps(leases, 10_000);
        assertThat(health("node-2")).isEqualTo(CheckStatus.CRITICAL);
        assertThat(health("node-3")).isEqualTo(CheckStatus.PASSING);

        cluster.comeBack("node-2");
        passInSteps(leases, 10_000);
        assertThat(health("node-2")).isEqualTo(CheckStatus.PASSING);
    }

    @Test
    void aServerThatOnlyStumblesIsNotWrittenDown() {
        LeaderLeases leases = leader();
        pass(leases, 500);
        long revision = consensus.latest().revision();

        for (int i = 0; i < 10; i++) {
            cluster.die("node-2");
            pass(leases, 500);
            cluster.comeBack("node-2");
            pass(leases, 500);
        }

        assertThat(consensus.latest().revision()).isEqualTo(revision);
    }

    @Test
    void aServerThatLeftTheClusterLeavesTheCatalog() {
        LeaderLeases leases = leader();
        assertThat(consensus.latest().node("node-3")).isNotNull();

        cluster.leave("node-3");
        passInSteps(leases, 10_000);

        assertThat(consensus.latest().node("node-3")).isNull();
        assertThat(consensus.latest().node("node-2")).isNotNull();
    }
}
