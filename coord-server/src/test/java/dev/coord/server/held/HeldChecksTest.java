package dev.coord.server.held;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.LocalConsensus;
import dev.coord.server.ManualClock;
import dev.coord.server.agent.Probe;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.lease.ServerNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one server does with its share. Time is the test's, and so is what a try finds. */
class HeldChecksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long INTERVAL = 10_000;

    private final ManualClock clock = new ManualClock();
    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, null);
    private final Found probe = new Found();
    private final HeldChecks checks = new HeldChecks(consensus, consensus, consensus, probe, clock, new Random(1));

    private static final class Found implements Probe {
        final AtomicInteger tries = new AtomicInteger();
        volatile CompletableFuture<Outcome> next = found(CheckStatus.PASSING);

        static CompletableFuture<Outcome> found(CheckStatus status) {
            return CompletableFuture.completedFuture(new Outcome(status, "tried"));
        }

        @Override
        public CompletableFuture<Outcome> run(CheckDefinition check) {
            tries.incrementAndGet();
            return next;
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void thisServerLives() {
        String self = consensus.self().name();
        execute(new Command.Register(
                node(self, Map.of()),
                service(self, ServerNode.SERVICE),
                List.of(check(self, ServerNode.CHECK, null, CheckStatus.PASSING, null)),
                false));
        checks.start();
    }

    @AfterEach
    void stop() {
        checks.close();
    }

    private void execute(Command command) {
        assertThat(consensus.execute(command).join().rejection()).isNull();
    }

    private static NodeEntry node(String name, Map<String, String> meta) {
        return new NodeEntry("", name, "10.0.0.1", "", Map.of(), meta, 0, 0);
    }

    private static ServiceEntry service(String node, String name) {
        return new ServiceEntry(node, name, name, List.of(), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0);
    }

    private static CheckEntry check(
            String node,
            String id,
            @Nullable String serviceId,
            CheckStatus status,
            @Nullable CheckDefinition definition) {
        return new CheckEntry(node, id, id, status, "", "", serviceId, "", List.of(), "", definition, 0, 0);
    }

    private static CheckDefinition tcp(long deregisterMillis) {
        return new CheckDefinition(0, "", "10.0.0.1:80", "", "", Map.of(), "", false, INTERVAL, 0, deregisterMillis);
    }

    private void hold(CheckStatus status, long deregisterMillis) {
        hold(Map.of(HeldCheck.META_KEY, HeldCheck.META_VALUE), status, deregisterMillis);
    }

    private void hold(Map<String, String> meta, CheckStatus status, long deregisterMillis) {
        execute(new Command.Register(
                node("db-1", meta),
                service("db-1", "db"),
                List.of(check("db-1", "service:db", "db", status, tcp(deregisterMillis))),
                false));
    }

    private CheckStatus status() {
        return Objects.requireNonNull(consensus.latest().check("db-1", "service:db"))
                .status();
    }

    private void awaitTries(int count) {
        await().atMost(PATIENCE).until(() -> {
            clock.advance(1_000);
            return probe.tries.get() >= count;
        });
    }

    @Test
    void what_is_critical_at_first_passes_with_the_first_try() {
        hold(CheckStatus.CRITICAL, 0);

        await().atMost(PATIENCE).until(() -> {
            clock.advance(100);
            return status() == CheckStatus.PASSING;
        });

        assertThat(checks.running()).isEqualTo(1);
    }

    @Test
    void a_first_result_that_is_worse_needs_a_second_that_agrees() {
        CompletableFuture<Probe.Outcome> second = new CompletableFuture<>();
        probe.next = Found.found(CheckStatus.CRITICAL);
        hold(CheckStatus.PASSING, 0);
        await().atMost(PATIENCE).until(() -> {
            // Time stands still before the second try.
            if (probe.tries.get() == 0) {
                clock.advance(100);
            } else {
                probe.next = second;
            }
            return probe.tries.get() >= 1;
        });
        probe.next = second;

        awaitTries(2);
        assertThat(status()).isEqualTo(CheckStatus.PASSING);

        second.complete(new Probe.Outcome(CheckStatus.CRITICAL, "still"));
        await().atMost(PATIENCE).until(() -> status() == CheckStatus.CRITICAL);
    }

    @Test
    void a_try_during_which_this_process_stood_still_is_not_believed() {
        hold(CheckStatus.CRITICAL, 0);
        await().atMost(PATIENCE).until(() -> {
            clock.advance(100);
            return status() == CheckStatus.PASSING;
        });
        CompletableFuture<Probe.Outcome> late = new CompletableFuture<>();
        probe.next = late;
        awaitTries(2);

        probe.next = Found.found(CheckStatus.PASSING);
        clock.advance(HeldChecks.TIMEOUT_MILLIS_DEFAULT + HeldChecks.LATE_MILLIS + 1);
        late.complete(new Probe.Outcome(CheckStatus.CRITICAL, "timed out"));
        awaitTries(4);

        assertThat(status()).isEqualTo(CheckStatus.PASSING);
        assertThat(Objects.requireNonNull(consensus.latest().check("db-1", "service:db"))
                        .output())
                .isEqualTo("tried");
    }

    @Test
    void a_service_that_stays_critical_is_removed() {
        probe.next = Found.found(CheckStatus.CRITICAL);
        hold(CheckStatus.CRITICAL, 1);
        awaitTries(1);
        await().atMost(PATIENCE).until(() -> {
            clock.advance(10_000);
            return consensus.latest().service("db-1", "db") == null;
        });
    }

    @Test
    void checks_of_other_nodes_and_of_agents_are_left_alone() {
        hold(Map.of("external-node", "true"), CheckStatus.CRITICAL, 0);
        execute(new Command.Register(
                node("agent", Map.of(HeldCheck.META_KEY, HeldCheck.META_VALUE)),
                null,
                List.of(
                        check("agent", ServerNode.CHECK, null, CheckStatus.PASSING, null),
                        check("agent", "own", null, CheckStatus.CRITICAL, tcp(0))),
                false));

        assertThat(HeldCheck.in(consensus.latest())).isEmpty();
    }

    @Test
    void what_is_given_back_is_tried_no_more() {
        hold(CheckStatus.CRITICAL, 0);
        awaitTries(1);
        execute(new Command.Deregister("db-1", null, null));

        await().atMost(PATIENCE).until(() -> {
            clock.advance(100);
            return checks.running() == 0;
        });
    }
}
