package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A real server is busy with a long piece of work, under a writer, and is cut off in it at a random moment, by {@code kill -9} or by a
 * disk that has no more room. It starts again on the same directory, where everything acknowledged must be; then the next round follows.
 *
 * <p>{@code -Dcoord.interrupted.rounds=100} sets how many, {@code -Dcoord.interrupted.seed=N} repeats the moments of one run,
 * {@code -Dcoord.interrupted.only=RESTORE-KILL} chooses one piece of work and its interruption.
 */
@Tag("slow")
class InterruptedWorkTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROUNDS = Integer.getInteger("coord.interrupted.rounds", 5);
    private static final long SEED =
            Long.getLong("coord.interrupted.seed", ThreadLocalRandom.current().nextInt(1_000_000));
    private static final String ONLY = System.getProperty("coord.interrupted.only", "");
    private static final int WRITES_BEFORE = 20;
    /** A kill comes within so much of the first file that the work leaves, or of its call where there is no such file. */
    private static final int WORK_MILLIS = 100;

    private static final int CALL_MILLIS = 600;

    /** A disk that fills up has less than this left when the work goes on. */
    private static final int ROOM_BYTES = 6 << 20;
    /** A restore mostly fits into pages that the log has free: with less than this it does not always. */
    private static final int RESTORE_ROOM_BYTES = 2 << 20;

    private static final Duration FULL = Duration.ofSeconds(2);

    /** What {@link Work#RESTORE} replaces: more than one piece of 1 MiB in the log. */
    private static final int BALLAST_KEYS = 24;

    private static final int BALLAST_BYTES = 200_000;

    enum Work {
        SNAPSHOT,
        COMPACTION,
        MIGRATION,
        RESTORE
    }

    enum Interruption {
        KILL,
        FULL_DISK
    }

    @TempDir
    private Path directory;

    private @Nullable Path disk;
    private @Nullable ServerUnderTest server;

    private final Random random = new Random(SEED);

    @BeforeEach
    void mount() throws IOException {
        Path mounted = Files.createDirectory(directory.resolve("disk"));
        assumeTrue(
                SystemCommand.tried("mount", "-t", "tmpfs", "-o", "size=1280m", "coord-test", mounted.toString()),
                "mounting a small file system takes root and a system that lets it");
        disk = mounted;
    }

    @AfterEach
    void unmount() {
        if (server != null) {
            server.close();
        }
        if (disk != null) {
            assertThat(SystemCommand.tried("umount", disk.toString())).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SNAPSHOT, KILL",
        "SNAPSHOT, FULL_DISK",
        "COMPACTION, KILL",
        "COMPACTION, FULL_DISK",
        "MIGRATION, KILL",
        "MIGRATION, FULL_DISK",
        "RESTORE, KILL",
        "RESTORE, FULL_DISK"
    })
    void nothing_acknowledged_is_lost_when_work_is_interrupted_at_a_random_moment(Work work, Interruption interruption)
            throws IOException, InterruptedException {
        assumeTrue(ONLY.isEmpty() || ONLY.equals(work + "-" + interruption), () -> "only " + ONLY);
        String backend = random.nextBoolean() ? "lmdb" : "mapdb";
        System.out.printf("%s, %s: seed %d, log in %s, %d rounds%n", work, interruption, SEED, backend, ROUNDS);
        ServerUnderTest started = ServerUnderTest.lone(disk, "server")
                .with("log_backend", backend)
                // A server that restores lives for some seconds, and each restore is 13 MB of log.
                .with("raft_snapshot_interval", work == Work.RESTORE ? "1s" : "10s")
                .with("disk", new JsonObject().put("low_mb", 1))
                .with("backup", new JsonObject().put("interval", "1h").put("keep", 2));
        if (work == Work.RESTORE) {
            // Else few and large entries fill the disk before so many have come that the log is cut.
            started.with("raft_snapshot_threshold", 16).with("raft_trailing_logs", 16);
        }
        server = started;
        started.start().awaitLeader();
        fill(started, "old");
        byte[] archive = send(started.request("/v1/snapshot").GET());
        int halfDone = 0;
        int completed = 0;
        int ended = 0;
        for (int round = 0; round < ROUNDS; round++) {
            if (work == Work.RESTORE) {
                fill(started, "new");
            }
            Round interrupted = work == Work.RESTORE
                    ? restore(started, interruption, archive)
                    : underAWriter(started, work, interruption);
            halfDone += interrupted.halfDone() ? 1 : 0;
            completed += interrupted.completed();
            ended += interrupted.endedByItself() ? 1 : 0;
        }
        System.out.printf(
                "%s, %s: seed %d: %d rounds, unfinished in %d, %d times done to the end, %d ends by itself%n",
                work, interruption, SEED, ROUNDS, halfDone, completed, ended);
    }

    /** What a round came to. */
    private record Round(boolean halfDone, int completed, boolean endedByItself) {}

    private Round underAWriter(ServerUnderTest started, Work work, Interruption interruption)
            throws IOException, InterruptedException {
        try (AcknowledgedWriter writer = new AcknowledgedWriter(List.of(started))) {
            writer.awaitAcknowledged(WRITES_BEFORE);
            AtomicBoolean going = new AtomicBoolean(true);
            AtomicInteger completed = new AtomicInteger();
            Thread worker = new Thread(
                    () -> {
                        while (going.get()) {
                            completed.addAndGet(doOnce(started, work) ? 1 : 0);
                        }
                    },
                    "worker");
            worker.start();
            boolean ended = interrupt(started, work, interruption);
            going.set(false);
            writer.stop();
            worker.join();
            boolean halfDone = halfDone(started);

            startAgain(started);
            writer.assertAllOn(started);
            assertThat(halfDone(started))
                    .as("a start takes away what is half done")
                    .isFalse();
            assertThat(started.output()).doesNotContain("damage");
            verifyArchives(started);
            assertThat(ServerUnderTest.send(started.request("/v1/kv/w/?recurse").DELETE())
                            .statusCode())
                    .isEqualTo(200);
            return new Round(halfDone, completed.get(), ended);
        }
    }

    /** A restore is one write: either all of it has taken place or nothing, and all of it if it was acknowledged. */
    private Round restore(ServerUnderTest started, Interruption interruption, byte[] archive)
            throws IOException, InterruptedException {
        AtomicBoolean acknowledged = new AtomicBoolean();
        Thread worker = new Thread(
                () -> {
                    try {
                        acknowledged.set(ServerUnderTest.send(started.request("/v1/snapshot")
                                                .PUT(HttpRequest.BodyPublishers.ofByteArray(archive)))
                                        .statusCode()
                                == 200);
                    } catch (UncheckedIOException unreachable) {
                        // Not acknowledged: it may have taken place or not.
                    }
                },
                "worker");
        if (interruption == Interruption.FULL_DISK) {
            // Before the call: it is over too soon for a disk to be filled meanwhile.
            fillUpTo(filler(), random.nextInt(RESTORE_ROOM_BYTES));
        }
        worker.start();
        boolean ended = interrupt(started, Work.RESTORE, interruption);
        worker.join();

        startAgain(started);
        List<String> ages = ages(started);
        assertThat(ages).hasSize(BALLAST_KEYS);
        assertThat(ages.stream().distinct()).hasSize(1);
        if (acknowledged.get()) {
            assertThat(ages).containsOnly("old");
        }
        return new Round(ages.contains("new"), acknowledged.get() ? 1 : 0, ended);
    }

    /** Returns whether the server ended by itself. It does not run afterwards, and the disk has room again. */
    private boolean interrupt(ServerUnderTest started, Work work, Interruption interruption)
            throws IOException, InterruptedException {
        if (interruption == Interruption.KILL) {
            if (work == Work.RESTORE) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(CALL_MILLIS));
            } else {
                await("the work has begun")
                        .atMost(PATIENCE)
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> halfDone(started));
                TimeUnit.MILLISECONDS.sleep(random.nextInt(WORK_MILLIS));
            }
            started.kill();
            return false;
        }
        if (work != Work.RESTORE) {
            fillUpTo(filler(), random.nextInt(ROOM_BYTES));
        }
        long end = System.nanoTime() + FULL.toNanos();
        while (started.isAlive() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        boolean ended = !started.isAlive();
        // Room only after the end: what is on the disk then is what it had when there was none.
        started.kill();
        Files.delete(filler());
        return ended;
    }

    private Path filler() {
        return directory.resolve("disk/filler");
    }

    /** Until so many bytes are left; less, as the server takes some meanwhile. */
    private static void fillUpTo(Path filler, long left) throws IOException {
        byte[] block = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (Files.getFileStore(filler).getUsableSpace() > left + block.length) {
                out.write(block);
            }
        } catch (IOException full) {
            // The server was quicker.
        }
    }

    private static void startAgain(ServerUnderTest started) {
        started.start().awaitLeader();
        await("reads and writes go on")
                .atMost(PATIENCE)
                .until(() -> started.put("/v1/kv/again", "1").body().equals("true"));
    }

    private static boolean doOnce(ServerUnderTest started, Work work) {
        try {
            return switch (work) {
                case SNAPSHOT -> started.put("/v1/agent/snapshots", "").statusCode() == 200;
                case COMPACTION -> online(started, "compact");
                case MIGRATION ->
                    Stream.of("segment", "mapdb", "lmdb")
                                    .filter(backend -> online(started, "migrate", "--to", backend))
                                    .count()
                            > 0;
                case RESTORE -> throw new IllegalArgumentException("a restore is done once");
            };
        } catch (UncheckedIOException unreachable) {
            return false;
        }
    }

    private static boolean online(ServerUnderTest started, String... command) {
        String[] arguments = Stream.of(
                        Stream.of("wal", "online"), Stream.of(command), Stream.of("--address", started.grpcAddress()))
                .flatMap(part -> part)
                .toArray(String[]::new);
        return started.isAlive() && CommandRun.of("", arguments).status() == 0;
    }

    /** Whether files lie there that only unfinished work leaves. */
    private static boolean halfDone(ServerUnderTest started) throws IOException {
        Path log = started.dataDir().resolve("raft/log");
        Path backups = started.dataDir().resolve("backups");
        try (Stream<Path> generations = Files.list(log);
                Stream<Path> archives = Files.exists(backups) ? Files.list(backups) : Stream.empty()) {
            // Its fourth word, if any, is the number of the generation that holds the log.
            Path marker = log.resolve("BACKEND");
            String[] words =
                    Files.exists(marker) ? Files.readString(marker).strip().split(" ") : new String[0];
            String current = words.length == 4 ? "generation-" + words[3] : "";
            return generations
                            .map(path -> path.getFileName().toString())
                            .anyMatch(name -> name.startsWith("generation-") && !name.equals(current))
                    || archives.anyMatch(path -> !path.toString().endsWith(".snap"));
        }
    }

    /** What has the name of a snapshot is a whole one. */
    private static void verifyArchives(ServerUnderTest started) throws IOException {
        Path backups = started.dataDir().resolve("backups");
        if (Files.exists(backups)) {
            try (Stream<Path> archives = Files.list(backups)) {
                for (Path archive : archives.filter(path -> path.toString().endsWith(".snap"))
                        .toList()) {
                    CommandRun inspected = CommandRun.of("", "snapshot", "inspect", archive.toString());
                    assertThat(inspected.status()).as(inspected.err()).isZero();
                }
            }
        }
    }

    private void fill(ServerUnderTest started, String age) {
        byte[] noise = new byte[BALLAST_BYTES];
        for (int i = 0; i < BALLAST_KEYS; i++) {
            random.nextBytes(noise);
            HttpResponse<String> answer =
                    started.put("/v1/kv/ballast/" + i, age + Base64.getEncoder().encodeToString(noise));
            assertThat(answer.body()).as(started::output).isEqualTo("true");
        }
    }

    private static List<String> ages(ServerUnderTest started) {
        JsonArray entries =
                new JsonArray(started.get("/v1/kv/ballast/?recurse&consistent").body());
        return IntStream.range(0, entries.size())
                .mapToObj(i -> new String(
                        Base64.getDecoder()
                                .decode(entries.getJsonObject(i)
                                        .getString("Value")
                                        .substring(0, 4)),
                        StandardCharsets.US_ASCII))
                .collect(Collectors.toList());
    }

    private static byte[] send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }
}
