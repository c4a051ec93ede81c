package dev.coord.server.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.LocalConsensus;
import dev.coord.server.ManualClock;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is registered on a server: kept on disk, timed, and brought to the catalog. Time is the test's. */
class LocalAgentTest {

    private static final String NODE = "node-1";
    private static final long TTL = 10_000;

    @TempDir
    Path directory;

    private final ManualClock clock = new ManualClock();
    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, null);
    private final ScriptedProbe probe = new ScriptedProbe();
    private LocalAgent agent;

    @BeforeEach
    void start() throws IOException {
        agent = started();
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    private LocalAgent started() throws IOException {
        LocalAgent fresh = new LocalAgent(
                directory,
                consensus,
                consensus,
                consensus,
                Map.of("rack", "r1"),
                probe,
                clock,
                () -> Instant.ofEpochMilli(clock.getAsLong()),
                new Random(1));
        fresh.start(NODE, List.of());
        return fresh;
    }

    private void restart(long awayMillis) throws IOException {
        agent.close();
        clock.advance(awayMillis);
        agent = started();
    }

    private static ServiceEntry service(String id, String... tags) {
        return new ServiceEntry(
                NODE, id, "web", List.of(tags), "", 80, Map.of(), Map.of("k", "v"), 1, 1, false, "", 0, 0);
    }

    private static CheckEntry check(String id, @Nullable String serviceId, String type, CheckDefinition definition) {
        return new CheckEntry(
                NODE, id, id, CheckStatus.CRITICAL, "", "", serviceId, "", List.of(), type, definition, 0, 0);
    }

    private static CheckEntry ttl(String id, @Nullable String serviceId, long deregisterMillis) {
        return check(
                id,
                serviceId,
                "ttl",
                new CheckDefinition(TTL, "", "", "", "", Map.of(), "", false, 0, 0, deregisterMillis));
    }

    private static CheckEntry http(String id, @Nullable String serviceId) {
        return check(
                id,
                serviceId,
                "http",
                new CheckDefinition(
                        0, "http://127.0.0.1/", "", "", "", Map.of("A", List.of("b")), "", false, 5_000, 1_000, 0));
    }

    private void register(String id, CheckEntry... checks) {
        agent.registerService(service(id), List.of(checks), false)
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
    }

    private void pass(String checkId) {
        agent.report(checkId, CheckStatus.PASSING, "ok").join();
    }

    private CheckEntry local(String checkId) {
        return Objects.requireNonNull(agent.local().check(checkId));
    }

    private @Nullable CheckStatus inCatalog(String checkId) {
        CheckEntry check = consensus.latest().check(NODE, checkId);
        return check == null ? null : check.status();
    }

    // ---- The catalog

    @Test
    void aRegisteredServiceIsInTheCatalogWhenTheCallReturns() {
        register("w1", ttl("service:w1", "w1", 0));

        assertThat(consensus.latest().service(NODE, "w1")).isNotNull();
        CheckEntry check = Objects.requireNonNull(consensus.latest().check(NODE, "service:w1"));
        assertThat(check.status()).isEqualTo(CheckStatus.CRITICAL);
        assertThat(check.serviceName()).isEqualTo("web");
        assertThat(check.definition()).as("says that an agent times it").isNull();
        assertThat(Objects.requireNonNull(consensus.latest().node(NODE)).meta()).containsEntry("rack", "r1");
    }

    @Test
    void registeringTheSameAgainChangesNothingInTheCatalog() {
        register("w1", ttl("service:w1", "w1", 0));
        long revision = consensus.latest().revision();

        register("w1", ttl("service:w1", "w1", 0));

        assertThat(consensus.latest().serviceIndex("web")).isLessThanOrEqualTo(revision);
    }

    @Test
    void withoutALeaderARegistrationIsTakenAndReachesTheCatalogLater() {
        // What is under way when the leader goes is tried again by a clock that stands still here.
        await().untilAsserted(() -> {
            clock.advance(500);
            assertThat(consensus.latest().node(NODE)).isNotNull();
        });
        consensus.setLeading(false);
        register("w1");
        assertThat(agent.local().service("w1")).isNotNull();
        assertThat(consensus.latest().service(NODE, "w1")).isNull();

        consensus.setLeading(true);

        await().untilAsserted(() -> {
            clock.advance(500);
            assertThat(consensus.latest().service(NODE, "w1")).isNotNull();
        });
    }

    @Test
    void whatTheCatalogLostComesBack() {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");
        consensus.restore(State.empty());

        await().untilAsserted(() -> {
            clock.advance(100);
            assertThat(consensus.latest().service(NODE, "w1")).isNotNull();
            assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.PASSING);
        });
    }

    @Test
    void whatTheCatalogHasOfThisNodeAndTheAgentDoesNotKnowGoesWithinAMinute() {
        register("w1");
        NodeEntry node = Objects.requireNonNull(consensus.latest().node(NODE));
        consensus.apply(new Command.Register(node, service("ghost"), List.of(), true));

        await().untilAsserted(() -> {
            clock.advance(CatalogSync.FOREIGN_MILLIS / 4);
            assertThat(consensus.latest().service(NODE, "ghost")).isNull();
        });
        assertThat(consensus.latest().service(NODE, "w1")).isNotNull();
    }

    @Test
    void whatTheLeaderKeepsAliveOnThisNodeIsLeftAlone() {
        register("w1");
        NodeEntry node = Objects.requireNonNull(consensus.latest().node(NODE));
        consensus.apply(new Command.Register(node, service("leased"), List.of(ttl("lease", "leased", 0)), true));
        consensus.apply(new Command.Register(node, service("ghost"), List.of(), true));

        await().untilAsserted(() -> {
            clock.advance(CatalogSync.FOREIGN_MILLIS / 4);
            assertThat(consensus.latest().service(NODE, "ghost")).isNull();
        });
        assertThat(consensus.latest().service(NODE, "leased")).isNotNull();
        assertThat(inCatalog("lease")).isNotNull();
    }

    @Test
    void aServiceRemovedWhileThereWasNoLeaderLeavesTheCatalogLater() {
        register("w1", ttl("service:w1", "w1", 0));
        consensus.setLeading(false);
        assertThat(agent.deregisterService("w1").join()).isTrue();
        consensus.setLeading(true);

        await().untilAsserted(() -> {
            clock.advance(500);
            assertThat(consensus.latest().service(NODE, "w1")).isNull();
        });
        assertThat(inCatalog("service:w1")).isNull();
        assertThat(agent.deregisterService("w1").join()).isFalse();
    }

    @Test
    void tagsChangedInTheCatalogStayWhereTheServiceAllowsIt() {
        ServiceEntry allows =
                new ServiceEntry(NODE, "w1", "web", List.of("a"), "", 80, Map.of(), Map.of(), 1, 1, true, "", 0, 0);
        agent.registerService(allows, List.of(), false).join();
        NodeEntry node = Objects.requireNonNull(consensus.latest().node(NODE));
        ServiceEntry retagged =
                new ServiceEntry(NODE, "w1", "web", List.of("b"), "", 80, Map.of(), Map.of(), 1, 1, true, "", 0, 0);
        consensus.apply(new Command.Register(node, retagged, List.of(), true));

        await().untilAsserted(() -> {
            clock.advance(500);
            assertThat(Objects.requireNonNull(agent.local().service("w1")).tags())
                    .containsExactly("b");
        });
        assertThat(Objects.requireNonNull(consensus.latest().service(NODE, "w1"))
                        .tags())
                .containsExactly("b");
    }

    // ---- Checks

    @Test
    void aReportReachesTheCatalogAtOnceAndSilenceIsCriticalAfterTheTtl() {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");
        assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.PASSING);

        clock.advance(TTL);

        await().untilAsserted(() -> assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.CRITICAL));
        assertThat(local("service:w1").output()).isEqualTo("TTL expired (last output before timeout follows): ok");
    }

    @Test
    void reportsThatChangeNothingAreNotWritten() {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");
        long revision = consensus.latest().revision();

        for (int i = 0; i < 50; i++) {
            clock.advance(TTL / 2);
            pass("service:w1");
        }

        assertThat(local("service:w1").status()).isEqualTo(CheckStatus.PASSING);
        assertThat(consensus.latest().revision()).isEqualTo(revision);
    }

    @Test
    void anOutputThatChangesAloneIsWrittenWithinAMinute() {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");
        agent.report("service:w1", CheckStatus.PASSING, "news").join();
        CheckEntry soon = Objects.requireNonNull(consensus.latest().check(NODE, "service:w1"));
        assertThat(soon.output()).isEqualTo("ok");
        assertThat(local("service:w1").output()).isEqualTo("news");

        for (long passed = 0; passed < LocalChecks.OUTPUT_MILLIS_MAX; passed += TTL / 2) {
            clock.advance(TTL / 2);
            agent.report("service:w1", CheckStatus.PASSING, "news").join();
        }

        await().untilAsserted(() -> assertThat(
                        Objects.requireNonNull(consensus.latest().check(NODE, "service:w1"))
                                .output())
                .isEqualTo("news"));
    }

    @Test
    void aCheckThatIsTriedFollowsWhatItFindsAtEachInterval() {
        register("w1", http("service:w1", "w1"));
        clock.advance(CheckTimers.FIRST_MILLIS_MAX);
        await().untilAsserted(() -> assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.PASSING));
        assertThat(probe.tries).hasValue(1);

        probe.outcome = new Probe.Outcome(CheckStatus.CRITICAL, "refused");
        clock.advance(5_000);

        await().untilAsserted(() -> assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.CRITICAL));
        assertThat(probe.tries).hasValue(2);
        assertThat(local("service:w1").output()).isEqualTo("refused");
    }

    @Test
    void onlyTtlChecksTakeReports() {
        register("w1", http("service:w1", "w1"));

        assertThatThrownBy(() -> pass("service:w1"))
                .hasCauseInstanceOf(AgentException.class)
                .hasMessageContaining("Check does not have associated TTL");
        assertThatThrownBy(() -> pass("nothing")).hasMessageContaining("Unknown check");
    }

    @Test
    void aServiceWhoseCheckStaysCriticalIsRemovedAfterItsTimeAndNeverBeforeAMinute() {
        register("w1", ttl("service:w1", "w1", 1_000));
        clock.advance(CheckTimers.DEREGISTER_MILLIS_MIN - 1);
        register("w2");
        assertThat(agent.local().service("w1")).isNotNull();

        clock.advance(1);

        await().untilAsserted(
                        () -> assertThat(consensus.latest().service(NODE, "w1")).isNull());
        assertThat(agent.local().service("w1")).isNull();
        assertThat(agent.local().service("w2")).isNotNull();
    }

    @Test
    void registeringAgainKeepsWhatACheckHasFoundOutAndChecksNotNamed() {
        register("w1", ttl("service:w1", "w1", 0), ttl("other", "w1", 0));
        pass("service:w1");

        register("w1", ttl("service:w1", "w1", 0));

        assertThat(local("service:w1").status()).isEqualTo(CheckStatus.PASSING);
        assertThat(agent.local().check("other")).isNotNull();

        agent.registerService(service("w1"), List.of(ttl("service:w1", "w1", 0)), true)
                .join();

        assertThat(agent.local().check("other")).isNull();
        assertThat(inCatalog("other")).isNull();
        assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.PASSING);
    }

    @Test
    void maintenanceIsACriticalCheckThatComesAndGoes() {
        register("w1");

        agent.maintainService("w1", true, "because").join();
        agent.maintainNode(NODE, true, "").join();
        assertThat(inCatalog("_service_maintenance:w1")).isEqualTo(CheckStatus.CRITICAL);
        assertThat(local("_service_maintenance:w1").notes()).isEqualTo("because");
        assertThat(inCatalog("_node_maintenance")).isEqualTo(CheckStatus.CRITICAL);

        agent.maintainService("w1", false, "").join();
        agent.maintainNode(NODE, false, "").join();
        assertThat(inCatalog("_service_maintenance:w1")).isNull();
        assertThat(inCatalog("_node_maintenance")).isNull();
    }

    @Test
    void aCheckOfAServiceThatIsNotHereIsRefused() {
        assertThatThrownBy(() -> agent.registerCheck(ttl("c", "nobody", 0)).join())
                .hasMessageContaining("ServiceID \"nobody\" does not exist");
        assertThatThrownBy(() -> register("consul")).hasMessageContaining("stands for the servers themselves");
    }

    @Test
    void aCheckThatMovesToAnotherServiceLeavesTheFirst() throws IOException {
        register("w1", ttl("shared", "w1", 0));
        register("w2");

        agent.registerCheck(ttl("shared", "w2", 0)).join();
        restart(0);

        assertThat(local("shared").serviceId()).isEqualTo("w2");
        assertThat(agent.local().checksOf("w1")).isEmpty();
        assertThat(Objects.requireNonNull(consensus.latest().check(NODE, "shared"))
                        .serviceId())
                .isEqualTo("w2");
    }

    @Test
    void moreChecksThanOneServiceMayHaveAreRefusedAndNothingChanges() {
        CheckEntry[] many = Stream.iterate(0, i -> i + 1)
                .limit(LocalAgent.CHECKS_OF_ONE_MAX + 1)
                .map(i -> ttl("c" + i, "w1", 0))
                .toArray(CheckEntry[]::new);

        assertThatThrownBy(() -> register("w1", many)).hasMessageContaining("at most " + LocalAgent.CHECKS_OF_ONE_MAX);
        assertThat(agent.local().service("w1")).isNull();
    }

    // ---- The disk

    @Test
    void everythingComesBackAfterARestart() throws IOException {
        register("w1", ttl("service:w1:1", "w1", 0), http("service:w1:2", "w1"));
        agent.registerCheck(ttl("of-node", null, 0)).join();
        agent.maintainService("w1", true, "because").join();
        pass("service:w1:1");
        LocalCatalog before = agent.local();

        restart(1_000);

        assertThat(agent.local().services()).containsExactlyElementsOf(before.services());
        assertThat(agent.local().checks()).containsExactlyElementsOf(before.checks());
        assertThat(local("service:w1:1").status()).isEqualTo(CheckStatus.PASSING);
    }

    @Test
    void aShortRestartIsNoFlapAndGivesATtlCheckAWholeTtl() throws IOException {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");
        long index = consensus.latest().serviceIndex("web");

        restart(TTL - 1);
        register("once its timers run");
        clock.advance(TTL - 1);
        register("other");

        assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.PASSING);
        assertThat(Objects.requireNonNull(consensus.latest().check(NODE, "service:w1"))
                        .modifyIndex())
                .isLessThanOrEqualTo(index);
        clock.advance(1);
        await().untilAsserted(() -> assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.CRITICAL));
    }

    @Test
    void aServerThatWasAwayForLongerThanTheTtlKnowsNothingOfTheCheck() throws IOException {
        register("w1", ttl("service:w1", "w1", 0));
        pass("service:w1");

        restart(TTL + 1);

        assertThat(local("service:w1").status()).isEqualTo(CheckStatus.CRITICAL);
        await().untilAsserted(() -> {
            clock.advance(100);
            assertThat(inCatalog("service:w1")).isEqualTo(CheckStatus.CRITICAL);
        });
    }

    @Test
    void whatWasRemovedStaysRemoved() throws IOException {
        register("w1", ttl("service:w1", "w1", 0));
        agent.registerCheck(ttl("of-node", null, 0)).join();
        agent.deregisterService("w1").join();
        agent.deregisterCheck("of-node").join();

        restart(0);

        assertThat(agent.local().services()).isEmpty();
        assertThat(agent.local().checks()).isEmpty();
    }

    @Test
    void aDamagedFileIsPutAsideAndTheOthersComeBack() throws IOException {
        register("w1");
        Path damaged;
        try (Stream<Path> files = Files.list(directory)) {
            damaged = files.filter(file -> file.getFileName().toString().startsWith("service-"))
                    .findFirst()
                    .orElseThrow();
        }
        register("w2");
        agent.close();
        Files.writeString(damaged, "{\"version\":1,\"service\":{\"id\":");
        agent = started();

        assertThat(agent.local().services()).extracting(ServiceEntry::id).containsExactly("w2");
        assertThat(damaged.resolveSibling(damaged.getFileName() + ".damaged")).exists();
    }

    @Test
    void aFileOfALaterVersionIsKeptAndSaysSo() throws IOException {
        register("w1");
        Path file;
        try (Stream<Path> files = Files.list(directory)) {
            file = files.filter(each -> each.getFileName().toString().startsWith("service-"))
                    .findFirst()
                    .orElseThrow();
        }
        agent.close();
        Files.writeString(file, Files.readString(file).replace("\"version\" : 1", "\"version\" : 3"));

        agent = started();

        assertThat(agent.local().services()).isEmpty();
        assertThat(Files.readString(file.resolveSibling(file.getFileName() + ".damaged")))
                .contains("\"version\" : 3");
    }

    @Test
    void aRegistrationThatCannotBeWrittenIsRefusedAndNotShown() throws IOException {
        register("w1");
        Path moved = directory.resolveSibling("moved-away");
        Files.move(directory, moved);

        assertThatThrownBy(() -> register("w2")).hasMessageContaining("could not be written");
        assertThat(agent.local().service("w2")).isNull();

        Files.move(moved, directory);
        register("w2");
        assertThat(agent.local().service("w2")).isNotNull();
    }
}
