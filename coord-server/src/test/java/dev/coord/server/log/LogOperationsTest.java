package dev.coord.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.log.BuildOutcome.Result;
import dev.coord.server.log.BuildProgress.Phase;
import dev.coord.server.log.BuildProgress.Purpose;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.memory.MemoryLogStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be done to a log while it is in use. */
class LogOperationsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LogOptions OPTIONS = LogOptions.DEFAULT.withSegmentBytes(64 << 10);
    private static final LogSettings BY_HAND =
            LogSettings.of(() -> false, () -> "", LogSettings.FREE_BYTES_MIN_DEFAULT);

    @TempDir
    private Path directory;

    private @Nullable LiveLog log;
    private @Nullable LogOperations operations;

    @AfterEach
    void close() {
        if (operations != null) {
            operations.close();
        }
        if (log != null) {
            log.close();
        }
    }

    private static final long TICK_MILLIS = 100;

    private LogOperations open(String backend) {
        return open(backend, BY_HAND, store -> store);
    }

    private LogOperations open(String backend, LogSettings settings, UnaryOperator<LogStore> wrap) {
        close();
        LiveLog opened = LiveLog.open(directory, backend, OPTIONS);
        LogOperations made = new LogOperations(opened, settings, wrap, TICK_MILLIS);
        made.start();
        log = opened;
        operations = made;
        return made;
    }

    private LiveLog log() {
        assertThat(log).isNotNull();
        return log;
    }

    // ---- change of backend

    @Test
    void theBackendIsChangedTwiceUnderAWriterThatCutsTheLogAndWritesItAnew() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed + "L");
        LogOperations made = open("mapdb");
        try (MemoryLogStore model = new MemoryLogStore(OPTIONS);
                Mutator mutator = new Mutator(log(), model, new Random(seed))) {
            mutator.begin();
            for (String next : List.of("segment", "lmdb", "mapdb")) {
                mutator.awaitMore(50);
                CompletableFuture<BuildOutcome> shadow = made.startShadow(next);
                made.takeOver().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(log().backend()).isEqualTo(next);
                assertThat(shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).result())
                        .isEqualTo(Result.TOOK_OVER);
            }
            mutator.awaitMore(50);
            mutator.end();
            assertSame(log(), model);
            open("segment"); // the configuration of long ago
            assertThat(log().backend()).isEqualTo("mapdb");
            assertSame(log(), model);
        }
        assertThat(names()).containsExactlyInAnyOrder("BACKEND", "LOCK", "generation-3");
    }

    @Test
    void aShadowThatIsEqualSaysSoAndGoesWhenItIsStopped() throws Exception {
        LogOperations made = open("segment");
        append(1, 100);

        CompletableFuture<BuildOutcome> shadow = made.startShadow("lmdb");
        awaitFollowing(made);
        append(101, 50);
        await().atMost(PATIENCE).until(() -> progress(made).comparedNext() == 151);

        BuildProgress progress = progress(made);
        assertThat(progress.equal()).isTrue();
        assertThat(progress.logChecksum()).isNotZero();
        assertThat(progress.comparedFirst()).isEqualTo(1);
        assertThat(progress.entriesBehind()).isZero();
        assertThat(progress.appendLatency().count()).isPositive();
        assertThat(progress.syncLatency().count()).isPositive();
        made.stop();
        assertThat(shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).result()).isEqualTo(Result.STOPPED);
        assertThat(made.progress()).isNull();
        assertThat(names()).noneMatch(name -> name.startsWith("generation"));
        append(151, 1);
    }

    @Test
    void aShadowThatDiffersIsDroppedAndNamesTheIndex() throws Exception {
        LogOperations made = open("segment", BY_HAND, store -> new FaultyStore(store) {
            @Override
            public LogEntry read(long index) {
                LogEntry entry = super.read(index);
                return index == 77 ? new LogEntry(77, entry.term() + 1, entry.data()) : entry;
            }
        });
        append(1, 50);
        CompletableFuture<BuildOutcome> shadow = made.startShadow("mapdb");
        awaitFollowing(made);
        append(51, 50);

        BuildOutcome outcome = shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(outcome.result()).isEqualTo(Result.DIFFERENT);
        assertThat(outcome.differentIndex()).isEqualTo(77);
        assertThat(outcome.message()).contains("entry 77 differs", "running checksums from entry 1 on");
        assertThat(made.outcomes()).containsExactly(outcome);
        assertThat(made.count(Purpose.SHADOW, Result.DIFFERENT)).isEqualTo(1);
        append(101, 1);
        assertThat(log().backend()).isEqualTo("segment");
    }

    @Test
    void aShadowThatDiffersNeverTakesOver() {
        LogOperations made = open("segment", BY_HAND, store -> new FaultyStore(store) {
            @Override
            public void append(List<LogEntry> entries) {
                super.append(entries.stream()
                        .map(e -> e.index() == 10 ? new LogEntry(10, e.term(), ByteBuffer.wrap(new byte[] {1})) : e)
                        .toList());
            }
        });
        append(1, 100);
        CompletableFuture<BuildOutcome> shadow = made.startShadow("mapdb");
        assertThatThrownBy(() -> made.takeOver().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(LogOperationException.class)
                .hasMessageContaining("entry 10 differs");
        assertThat(shadow.join().result()).isEqualTo(Result.DIFFERENT);
        assertThat(log().backend()).isEqualTo("segment");
    }

    @Test
    void aShadowThatCanNotBeWrittenIsDroppedAndTheLogGoesOn() throws Exception {
        LogOperations made = open("segment", BY_HAND, store -> new FaultyStore(store) {
            @Override
            public void append(List<LogEntry> entries) {
                throw new LogException(LogException.Kind.IO, "no space left on device");
            }
        });
        append(1, 10);
        BuildOutcome outcome = made.startShadow("lmdb").get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(outcome.result()).isEqualTo(Result.FAILED);
        assertThat(outcome.message()).contains("no space left");
        append(11, 10);
    }

    @Test
    void aShadowThatHangsHoldsNothingUpAndIsDroppedWhenItStaysBehind() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        LogSettings impatient = new LogSettings(() -> false, () -> "", 1, Duration.ofMinutes(1), Duration.ofMillis(1));
        LogOperations made = open("segment", impatient, store -> new FaultyStore(store) {
            @Override
            public void append(List<LogEntry> entries) {
                if (entries.get(0).index() > 10) {
                    awaitQuietly(hanging);
                }
                super.append(entries);
            }
        });
        append(1, 10);
        CompletableFuture<BuildOutcome> shadow = made.startShadow("lmdb");
        awaitFollowing(made);

        append(11, 500); // returns although the shadow does not
        append(511, 2_000);

        hanging.countDown();
        BuildOutcome outcome = shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(outcome.result()).isEqualTo(Result.FELL_BEHIND);
        assertThat(outcome.message()).contains("entries behind");
        append(2_511, 1);
    }

    // ---- compaction

    @ParameterizedTest
    @ValueSource(strings = {"mapdb", "lmdb"})
    void aCompactedLogHoldsTheSameAndTakesLessOfTheDisk(String backend) throws Exception {
        LogOperations made = open(backend);
        for (long index = 1; index < 4_000; index += 500) {
            appendBytes(index, 500, 4_000);
        }
        log().truncatePrefix(3_901);
        long before = log().stats().fileBytes();
        assertThat(log().stats().freeBytes()).isGreaterThan(before / 2);

        BuildOutcome outcome = made.compact().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(outcome.result()).isEqualTo(Result.TOOK_OVER);
        assertThat(outcome.fileBytesAfter()).isLessThan(before / 2);
        assertThat(outcome.fileBytesBefore()).isEqualTo(before);
        assertThat(log().firstIndex()).isEqualTo(3_901);
        assertThat(log().nextIndex()).isEqualTo(4_001);
        assertThat(log().stats().fileBytes()).isLessThan(before / 2);
        open(backend);
        assertThat(log().read(4_000).bytes()).isEqualTo(4_000);
        append(4_001, 1);
        assertThat(names()).containsExactlyInAnyOrder("BACKEND", "LOCK", "generation-1");
    }

    @Test
    void aLogWithMuchFreeSpaceIsCompactedByItselfOnceThatIsAllowed() {
        boolean[] allowed = {false};
        LogSettings settings = LogSettings.of(() -> allowed[0], () -> "", 1 << 20);
        LogOperations made = open("lmdb", settings, store -> store);
        appendBytes(1, 500, 8_000);
        log().truncatePrefix(490);
        long before = log().stats().fileBytes();

        allowed[0] = true;

        await().atMost(PATIENCE).until(() -> made.count(Purpose.COMPACT, Result.TOOK_OVER) == 1);
        assertThat(log().stats().fileBytes()).isLessThan(before / 2);
    }

    // ---- the backend that is wanted

    @Test
    void theLogMovesToTheBackendThatIsWanted() {
        AtomicReference<String> wanted = new AtomicReference<>("");
        LogOperations made = open("segment", wanting(wanted), store -> store);
        append(1, 100);
        wanted.set("lmdb");
        await().atMost(PATIENCE).until(() -> log().backend().equals("lmdb") && made.progress() == null);
        append(101, 10);
        wanted.set("mapdb");
        await().atMost(PATIENCE).until(() -> log().backend().equals("mapdb") && made.progress() == null);
        assertThat(log().firstIndex()).isEqualTo(1);
        assertThat(log().nextIndex()).isEqualTo(111);
        assertThat(made.count(Purpose.SHADOW, Result.TOOK_OVER)).isEqualTo(2);
    }

    @Test
    void aMoveThatIsNotWantedAnyMoreStops() {
        AtomicReference<String> wanted = new AtomicReference<>("mapdb");
        CountDownLatch goOn = new CountDownLatch(1);
        LogOperations made = open("segment", wanting(wanted), store -> new FaultyStore(store) {
            @Override
            public LogEntry read(long index) {
                awaitOrFail(goOn);
                return super.read(index);
            }
        });
        append(1, 100);
        await().atMost(PATIENCE).until(() -> made.progress() != null);
        wanted.set("");
        // The look after the change has asked it to stop by the time that the second one is made.
        long looks = wantedAsked.get();
        await().atMost(PATIENCE).until(() -> wantedAsked.get() > looks + 1);
        goOn.countDown();
        await().atMost(PATIENCE).until(() -> made.count(Purpose.SHADOW, Result.STOPPED) == 1);
        assertThat(log().backend()).isEqualTo("segment");
    }

    @Test
    void aShadowThatAnOperatorKeepsIsLeftAlone() throws Exception {
        AtomicReference<String> wanted = new AtomicReference<>("");
        LogOperations made = open("segment", wanting(wanted), store -> store);
        append(1, 10);
        CompletableFuture<BuildOutcome> unused = made.startShadow("mapdb");
        awaitFollowing(made);
        wanted.set("lmdb");
        long looks = wantedAsked.get();
        await().atMost(PATIENCE).until(() -> wantedAsked.get() > looks + 1);
        assertThat(progress(made).phase()).isEqualTo(Phase.FOLLOWING);
        assertThat(progress(made).backend()).isEqualTo("mapdb");
        made.stop();
        await().atMost(PATIENCE).until(() -> log().backend().equals("lmdb"));
    }

    private final AtomicLong wantedAsked = new AtomicLong();

    private LogSettings wanting(AtomicReference<String> wanted) {
        return LogSettings.of(
                () -> false,
                () -> {
                    wantedAsked.incrementAndGet();
                    return wanted.get();
                },
                LogSettings.FREE_BYTES_MIN_DEFAULT);
    }

    private static void awaitOrFail(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedWithTheReason() {
        LogOperations made = open("segment");
        assertThatThrownBy(made::compact)
                .isInstanceOf(LogOperationException.class)
                .hasMessageContaining("'segment' needs no compaction");
        assertThatThrownBy(() -> made.startShadow("bolt")).hasMessageContaining("unknown log backend 'bolt'");
        assertThatThrownBy(() -> made.startShadow("memory")).hasMessageContaining("in memory");
        assertThatThrownBy(made::takeOver).hasMessageContaining("no shadow log");
        assertThatThrownBy(made::stop).hasMessageContaining("nothing is being built");
        CompletableFuture<BuildOutcome> unused = made.startShadow("segment");
        assertThatThrownBy(() -> made.startShadow("lmdb")).hasMessageContaining("stop it first");
    }

    @Test
    void aServerThatStopsInTheMiddleLeavesTheLogAsItWas() throws IOException {
        LogOperations made = open("segment");
        appendBytes(1, 2_000, 2_000);
        CompletableFuture<BuildOutcome> shadow = made.startShadow("mapdb");

        made.close();

        assertThat(shadow).isCompletedWithValueMatching(outcome -> outcome.result() == Result.STOPPED);
        assertThatThrownBy(() -> made.startShadow("lmdb")).hasMessageContaining("stopping");
        assertThat(names()).noneMatch(name -> name.startsWith("generation"));
        assertThat(log().nextIndex()).isEqualTo(2_001);
    }

    @Test
    void whoeverReadsWhileAnotherLogTakesOverSeesNothingOfIt() throws Exception {
        LogOperations made = open("segment");
        append(1, 200);
        List<Throwable> failures = new ArrayList<>();
        boolean[] stop = {false};
        Thread reader = new Thread(() -> {
            Random random = new Random(1);
            while (!stop[0]) {
                try {
                    long index = 1L + random.nextInt(200);
                    assertThat(log().read(index).index()).isEqualTo(index);
                } catch (Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                    return;
                }
            }
        });
        reader.start();
        for (String backend : List.of("lmdb", "segment")) {
            CompletableFuture<BuildOutcome> shadow = made.startShadow(backend);
            made.takeOver().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            shadow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        stop[0] = true;
        reader.join();
        assertThat(failures).isEmpty();
    }

    // ---- what the tests do

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static BuildProgress progress(LogOperations made) {
        BuildProgress progress = made.progress();
        assertThat(progress).isNotNull();
        return progress;
    }

    private static void awaitFollowing(LogOperations made) {
        await().atMost(PATIENCE).until(() -> progress(made).phase() == Phase.FOLLOWING);
    }

    private void append(long from, int count) {
        appendBytes(from, count, 20);
    }

    private void appendBytes(long from, int count, int bytes) {
        log().append(entries(from, count, 1, bytes));
    }

    private static List<LogEntry> entries(long from, int count, long term, int bytes) {
        return LongStream.range(from, from + count)
                .mapToObj(index -> {
                    byte[] data = new byte[bytes];
                    new Random(index * 31 + term).nextBytes(data);
                    return new LogEntry(index, term, ByteBuffer.wrap(data));
                })
                .toList();
    }

    private static void assertSame(LogStore actual, LogStore expected) {
        assertThat(actual.firstIndex()).isEqualTo(expected.firstIndex());
        assertThat(actual.nextIndex()).isEqualTo(expected.nextIndex());
        for (long index = expected.firstIndex(); index < expected.nextIndex(); index++) {
            assertThat(actual.read(index)).as("entry %d", index).isEqualTo(expected.read(index));
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }

    /** Does what Raft does to a log, at random, to the log and to a model of it. */
    private static final class Mutator implements AutoCloseable {

        private final LogStore log;
        private final LogStore model;
        private final Random random;
        private final Thread thread = new Thread(this::run, "mutator");
        private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
        private volatile int done;
        private volatile boolean stop;
        private long term = 1;

        Mutator(LogStore log, LogStore model, Random random) {
            this.log = log;
            this.model = model;
            this.random = random;
        }

        void begin() {
            thread.start();
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
        private void run() {
            try {
                while (!stop) {
                    mutate();
                    done++;
                }
                ended.complete(null);
            } catch (RuntimeException | Error e) {
                ended.completeExceptionally(e);
            }
        }

        private void mutate() {
            long first = model.firstIndex();
            long next = model.nextIndex();
            int dice = random.nextInt(100);
            if (dice < 5 && next > first) {
                long cut = Math.max(first, next - random.nextInt(200));
                term++;
                log.truncateSuffix(cut);
                model.truncateSuffix(cut);
            } else if (dice < 8) {
                long cut = first + random.nextInt((int) (next - first) / 2 + 1);
                log.truncatePrefix(cut);
                model.truncatePrefix(cut);
            } else if (dice == 8) {
                long to = next + random.nextInt(10);
                log.reset(to);
                model.reset(to);
            } else {
                List<LogEntry> batch = entries(next, 1 + random.nextInt(30), term, random.nextInt(2_000));
                log.append(batch);
                model.append(batch);
            }
        }

        void awaitMore(int count) {
            int until = done + count;
            await().atMost(PATIENCE).until(() -> done >= until || ended.isDone());
            if (ended.isDone()) {
                ended.join();
            }
        }

        void end() {
            stop = true;
            ended.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }

        @Override
        public void close() {
            stop = true;
        }
    }
}
