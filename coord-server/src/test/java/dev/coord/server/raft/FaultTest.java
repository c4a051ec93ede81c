package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.raft.Disturbances.Fault;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers under seeded faults: what clients and watchers saw must be explained by one store. See docs/reliability.md.
 *
 * <p>{@code -Dcoord.fault.seed=N} begins with this seed; {@code coord.fault.backend} takes one log alone; {@code
 * coord.fault.seconds} and {@code coord.fault.runs} say how long and how many.
 */
class FaultTest {

    private static final String BACKEND = System.getProperty("coord.fault.backend", "");
    private static final long SEED = Long.getLong("coord.fault.seed", System.nanoTime() & 0xFFFFFF);
    private static final Map<Fault, Integer> FAULTS = new EnumMap<>(Fault.class);

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    static Stream<Arguments> few() {
        return runs(4, 5);
    }

    static Stream<Arguments> many() {
        return runs(Integer.getInteger("coord.fault.runs", 200), Integer.getInteger("coord.fault.seconds", 6));
    }

    /** The backends by turns; each run its own seed. The first seed is the one given, so that it can be repeated. */
    private static Stream<Arguments> runs(int count, int seconds) {
        List<String> backends = BACKEND.isEmpty() ? LogDirectory.BACKENDS : List.of(BACKEND);
        SplittableRandom seeds = new SplittableRandom(SEED);
        return IntStream.range(0, count)
                .mapToObj(i -> Arguments.of(
                        backends.get(i % backends.size()), i == 0 ? SEED : seeds.nextLong() & 0xFFFFFFFFL, seconds));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("few")
    void what_everybody_saw_is_explained_by_one_store(String backend, long seed, int seconds) throws Exception {
        run(backend, seed, seconds);
    }

    @Test
    void clients_that_read_stale_are_found_out() {
        assertThatThrownBy(() -> new FaultRun(cluster, LogDirectory.MEMORY, SEED)
                        .withStaleReads()
                        .run(Duration.ofSeconds(2)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("violations");
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("many")
    void what_everybody_saw_is_explained_by_one_store_again_and_again(String backend, long seed, int seconds)
            throws Exception {
        run(backend, seed, seconds);
    }

    private void run(String backend, long seed, int seconds) throws InterruptedException, IOException {
        System.out.println("FaultTest: -Dcoord.fault.seed=" + seed + " -Dcoord.fault.backend=" + backend);
        FaultRun.Report report = new FaultRun(cluster, backend, seed).run(Duration.ofSeconds(seconds));
        report.faults().forEach((fault, times) -> FAULTS.merge(fault, times, Integer::sum));
        System.out.println("FaultTest: " + report);
        assertThat(report.operations()).isPositive();
        assertThat(report.updates()).isPositive();
    }

    @AfterAll
    static void sayWhatWasDone() {
        System.out.println("FaultTest: " + FAULTS);
    }
}
