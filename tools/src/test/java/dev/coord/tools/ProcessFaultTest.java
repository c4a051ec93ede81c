package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.tools.FaultPlan.Fault;
import dev.coord.tools.PeerLinks.Link;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three real processes under seeded faults: what clients and watchers saw must be explained by one store. See docs/reliability.md.
 * Linux alone gives each server a loopback address of its own without more ado.
 *
 * <p>{@code -Dcoord.faults.seed=N} begins with this seed; {@code coord.faults.runs} and {@code coord.faults.seconds} say how many and
 * how long.
 */
@EnabledOnOs(OS.LINUX)
class ProcessFaultTest {

    private static final long SEED =
            Long.getLong("coord.faults.seed", ThreadLocalRandom.current().nextInt(1, 1_000_000));
    /** The short run is the same each time, as far as processes can be. */
    private static final long SEED_SHORT = Long.getLong("coord.faults.seed", 2_095_560);

    private static final int RUNS = Integer.getInteger("coord.faults.runs", 20);
    private static final Duration SHORT = Duration.ofSeconds(4);
    private static final Duration LONG = Duration.ofSeconds(Integer.getInteger("coord.faults.seconds", 12));
    private static final Map<Fault, Integer> FAULTS = new EnumMap<>(Fault.class);

    @TempDir
    private Path directory;

    /** The first seed is the one given, so that it can be repeated. */
    static LongStream seeds() {
        SplittableRandom seeds = new SplittableRandom(SEED);
        return LongStream.range(0, RUNS).map(i -> i == 0 ? SEED : seeds.nextLong() & 0xFFFFFFFFL);
    }

    @Test
    void what_everybody_saw_is_explained_by_one_store() throws Exception {
        run(FaultPlan.of(SEED_SHORT, SHORT));
    }

    @Tag("slow")
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void what_everybody_saw_is_explained_by_one_store_again_and_again(long seed) throws Exception {
        run(FaultPlan.of(seed, LONG));
    }

    private void run(FaultPlan plan) throws InterruptedException, IOException {
        System.out.println("ProcessFaultTest: -Dcoord.faults.seed=" + plan.seed() + ": " + plan);
        ProcessFaultRun.Report report = new ProcessFaultRun(directory, plan).run();
        report.faults().forEach((fault, times) -> FAULTS.merge(fault, times, Integer::sum));
        System.out.println("ProcessFaultTest: " + report);
        assertThat(report.operations()).isPositive();
        assertThat(report.updates()).isPositive();
    }

    @Test
    void a_seed_always_makes_the_same_plan_and_another_another() {
        FaultPlan plan = FaultPlan.of(1, Duration.ofMinutes(1));
        assertThat(FaultPlan.of(1, Duration.ofMinutes(1))).isEqualTo(plan);
        assertThat(FaultPlan.of(2, Duration.ofMinutes(1)).steps()).isNotEqualTo(plan.steps());
    }

    @Test
    void what_is_sent_over_a_cut_link_is_held_back_one_way_and_arrives_once_it_is_mended() throws IOException {
        int[] ports = ServerUnderTest.freePorts(2);
        try (PeerLinks links = new PeerLinks(List.of(ports[0], ports[1]), SEED);
                ServerSocket listening = new ServerSocket()) {
            listening.bind(new InetSocketAddress(PeerLinks.address(1), ports[1]));
            try (Socket caller = new Socket(PeerLinks.address(0, 1), ports[1]);
                    Socket called = listening.accept()) {
                caller.setSoTimeout(300);
                called.setSoTimeout(300);
                links.cut(List.of(new Link(0, 1)), false);
                caller.getOutputStream().write('a');
                called.getOutputStream().write('b');
                assertThat(caller.getInputStream().read()).isEqualTo('b');
                assertThatThrownBy(() -> called.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);

                links.mend(List.of(new Link(0, 1)));
                called.setSoTimeout(10_000);
                assertThat(called.getInputStream().read()).isEqualTo('a');

                links.cut(List.of(new Link(1, 0)), true);
                assertThatThrownBy(() -> {
                            assertThat(called.getInputStream().read()).isEqualTo(-1);
                            throw new IOException("closed");
                        })
                        .isInstanceOf(IOException.class);
                assertThat(links.connections()).isZero();
            }
        }
    }

    @Test
    void a_small_disk_fills_up_fails_and_is_repaired() throws IOException {
        SmallDisk disk = SmallDisk.mount(directory);
        assumeTrue(disk != null, "faults of disks are left out: to mount a file system takes root and loop devices");
        try (disk) {
            Path file = disk.path().resolve("file");
            disk.fill(0);
            assertThatThrownBy(() -> Files.write(file, new byte[1 << 20]))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left");
            disk.empty();
            Files.write(file, new byte[1 << 20]);

            disk.abort();
            assertThatThrownBy(() -> Files.write(file, new byte[1 << 20])).isInstanceOf(IOException.class);
            disk.repair();
            disk.failNewBlocks();
            assertThatThrownBy(() -> sync(disk.path().resolve("other"))).isInstanceOf(IOException.class);
            disk.repair();
            sync(disk.path().resolve("other"));
        }
    }

    private static void sync(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1 << 20));
            channel.force(true);
        }
    }

    @Test
    void a_clock_jumps_for_one_process_alone() throws IOException, InterruptedException {
        assumeTrue(JumpingClock.isPossible(), "jumps of clocks are left out: libfaketime is not installed");
        JumpingClock clock = new JumpingClock(directory.resolve("clock"));
        clock.set(-7_200);
        ProcessBuilder builder = new ProcessBuilder("date", "+%s");
        builder.environment().putAll(clock.environment());
        Process date = builder.start();
        long seconds =
                Long.parseLong(new String(date.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
        assertThat(date.waitFor()).isZero();
        assertThat(System.currentTimeMillis() / 1_000 - seconds).isBetween(7_199L, 7_260L);
    }

    @AfterAll
    static void sayWhatWasDone() {
        System.out.println("ProcessFaultTest: " + FAULTS);
    }
}
