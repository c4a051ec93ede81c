package dev.coord.wal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.wal.LogException.Kind;
import dev.coord.wal.disk.FaultyDisk.Faults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link LogStore} promises, one test for each sentence of its Javadoc. Every backend runs it; where one can't do
 * what a test asks, {@link #keepsNothing()} and its like skip it with the reason.
 */
@NullUnmarked
public abstract class LogStoreContract {

    protected static final LogOptions OPTIONS = new LogOptions(16 << 10, 4 << 10);

    @TempDir
    protected Path directory;

    protected LogStore log;

    /** Opens the log in a directory; the one before has been closed. */
    protected abstract LogStore open(Path directory, LogOptions options);

    /** Why nothing survives a close; null if it does. */
    protected String keepsNothing() {
        return null;
    }

    /** Opens the log where writes and syncs go wrong at a test's word; only if {@link #whyNoFaults()} is null. */
    protected LogStore open(Path directory, LogOptions options, Faults faults) {
        throw new UnsupportedOperationException(whyNoFaults());
    }

    /** Why faults can't be put below the backend; null if they can. */
    protected abstract String whyNoFaults();

    /** Files that the log can be opened without, and loses nothing. */
    protected Set<String> dispensableFiles() {
        return Set.of();
    }

    @BeforeEach
    final void openLog() {
        log = open(directory, OPTIONS);
    }

    @AfterEach
    final void closeLog() {
        log.close();
    }

    private void reopen() {
        String reason = keepsNothing();
        assumeTrue(reason == null, reason);
        log.close();
        log = open(directory, OPTIONS);
    }

    // ---- a durable, gap-free range [firstIndex, nextIndex)

    @Test
    void anEmptyLogBeginsAtOne() {
        assertRange(1, 1);
        assertThat(log.isEmpty()).isTrue();
    }

    @Test
    void firstAndNextIndexBoundWhatWasAppended() {
        append(1, 3);
        assertRange(1, 4);
        assertThat(log.isEmpty()).isFalse();
    }

    @Test
    void anEmptiedLogKeepsItsPosition() {
        append(1, 5);
        log.truncatePrefix(6);
        assertRange(6, 6);
        assertThat(log.isEmpty()).isTrue();
        reopen();
        assertRange(6, 6);
        append(6, 2);
        assertEntries(6, 8);
    }

    @Test
    void aLogEmptiedFromItsEndKeepsItsPosition() {
        append(1, 5);
        log.truncatePrefix(3);
        log.truncateSuffix(3);
        assertRange(3, 3);
        reopen();
        assertRange(3, 3);
        append(3, 2);
        assertEntries(3, 5);
    }

    // ---- durability

    @Test
    void appendedEntriesSurviveReopening() {
        append(1, 10);
        append(11, 1);
        reopen();
        assertRange(1, 12);
        assertEntries(1, 12);
    }

    @Test
    void truncatedPrefixStaysAwayAfterReopening() {
        append(1, 10);
        log.truncatePrefix(4);
        reopen();
        assertRange(4, 11);
        assertEntries(4, 11);
    }

    @Test
    void truncatedSuffixStaysAwayAfterReopening() {
        append(1, 10);
        log.truncateSuffix(4);
        reopen();
        assertRange(1, 4);
        assertEntries(1, 4);
    }

    @Test
    void resetSurvivesReopening() {
        append(1, 10);
        log.reset(1000);
        reopen();
        assertRange(1000, 1000);
    }

    @Test
    void aFirstIndexOtherThanOneAfterARestoredSnapshotSurvivesReopening() {
        append(1, 10);
        log.reset(500);
        append(500, 3);
        reopen();
        assertRange(500, 503);
        assertEntries(500, 503);
        append(503, 3);
        reopen();
        assertEntries(500, 506);
    }

    @Test
    void entriesCutOffDoNotComeBackWhenOthersTookTheirPlaceAndTheLogIsReopened() {
        append(1, 10);
        log.truncateSuffix(6);
        log.append(List.of(new LogEntry(6, 99, bytes("other"))));
        reopen();
        assertRange(1, 7);
        assertEntries(1, 6);
        assertThat(log.read(6).term()).isEqualTo(99);
        assertThat(text(log.read(6))).isEqualTo("other");
    }

    @Test
    void entriesCutOffDoNotComeBackAfterReopeningTwice() {
        append(1, 10);
        log.truncateSuffix(6);
        reopen();
        append(6, 1);
        reopen();
        assertRange(1, 7);
        assertEntries(1, 7);
    }

    // ---- failure

    @Test
    void wrongArgumentsDoNotFailTheStore() {
        append(1, 2);
        assertThatThrownBy(() -> append(7, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.read(9)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.truncatePrefix(9)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.truncateSuffix(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.reset(0)).isInstanceOf(IllegalArgumentException.class);
        assertRange(1, 3);
        append(3, 1);
        assertEntries(1, 4);
    }

    @Test
    void afterAFailedMutationEveryLaterOneThrowsAndReadsGoOnUntilTheStoreIsOpenedAnew() {
        Faults faults = openFaulty();
        append(1, 5);
        faults.failWrites("No space left on device");
        LogException full = catchThrowableOfType(LogException.class, () -> append(6, 300));
        assertThat(full.kind()).isEqualTo(Kind.IO);
        assertThat(full).hasMessageContaining("No space left on device");
        faults.failWrites(null);
        assertFailed("No space left on device");
        assertRange(1, 6);
        assertEntries(1, 6);
        assertThat(log.term(5)).isEqualTo(termOf(5));
        reopen();
        assertThat(log.nextIndex()).as("a prefix of the batch may remain").isBetween(6L, 306L);
        assertEntries(1, log.nextIndex());
        append(log.nextIndex(), 3);
        assertEntries(1, log.nextIndex());
    }

    @Test
    void afterAFailedTruncationTheStoreIsFailedAndReadersSeeTheRangeThatTheyKnew() {
        for (int mutation = 0; mutation < 3; mutation++) {
            Faults faults = openFaulty();
            log.reset(1);
            append(1, 20);
            faults.failWrites("Input/output error");
            Runnable truncation = List.<Runnable>of(
                            () -> log.truncatePrefix(10), () -> log.truncateSuffix(10), () -> log.reset(100))
                    .get(mutation);
            assertThatThrownBy(truncation::run)
                    .as("mutation %d", mutation)
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("Input/output error");
            faults.failWrites(null);
            assertFailed("Input/output error");
            assertRange(1, 21);
            assertEntries(1, 21);
            reopen();
            assertEntries(log.firstIndex(), log.nextIndex());
        }
    }

    private Faults openFaulty() {
        String reason = whyNoFaults();
        assumeTrue(reason == null, reason);
        log.close();
        Faults faults = new Faults();
        log = open(directory, OPTIONS, faults);
        return faults;
    }

    /** Every mutation is refused with the words of the first failure. */
    protected final void assertFailed(String words) {
        long next = log.nextIndex();
        List<Runnable> mutations = List.of(
                () -> append(next, 1),
                () -> log.truncatePrefix(next),
                () -> log.truncateSuffix(log.firstIndex()),
                () -> log.reset(1));
        for (Runnable mutation : mutations) {
            LogException refused = catchThrowableOfType(LogException.class, mutation::run);
            assertThat(refused.kind()).isEqualTo(Kind.FAILED);
            assertThat(refused).hasMessageContaining(words).hasMessageContaining("open it anew");
        }
    }

    /** Lost files, the one with the tail among them: never an empty or a shorter log. */
    @Test
    void aLostFileIsDamageThatNamesItAndNotAnEmptyOrShorterLog() throws IOException {
        reopen();
        append(1, 900);
        log.truncatePrefix(20);
        append(901, 4);
        log.close();
        List<Path> files;
        try (Stream<Path> paths = Files.list(directory)) {
            files = paths.sorted().toList();
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            if (dispensableFiles().contains(name)) {
                log = open(directory, OPTIONS);
                assertEntries(20, 905);
                assertRange(20, 905);
                log.close();
            } else {
                assertThatThrownBy(() -> open(directory, OPTIONS))
                        .as("%s is lost", name)
                        .isInstanceOfSatisfying(
                                LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
                        .hasMessageContaining(file.toString());
            }
            Files.write(file, bytes);
        }
        log = open(directory, OPTIONS);
        assertEntries(20, 905);
    }

    // ---- reading

    @Test
    void readersNeverWaitForASync() throws Exception {
        Faults faults = openFaulty();
        append(1, 400);
        CountDownLatch gate = new CountDownLatch(1);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            faults.holdSyncs(gate);
            Future<?> append = executor.submit(() -> append(401, 50));
            assertThat(faults.syncReached().await(30, TimeUnit.SECONDS)).isTrue();
            assertEntries(1, 401);
            assertThat(log.term(7)).isEqualTo(termOf(7));
            assertThat(log.nextIndex()).isGreaterThanOrEqualTo(401);
            assertThat(append.isDone()).as("the append still waits").isFalse();
            gate.countDown();
            append.get(30, TimeUnit.SECONDS);
        } finally {
            gate.countDown();
            executor.shutdownNow();
        }
        assertEntries(1, 451);
    }

    @Test
    void statsCanBeAskedFromAnyThreadBesideMutations() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch asking = new CountDownLatch(1);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            Future<Long> asker = executor.submit(() -> {
                long asked = 0;
                while (!done.get()) {
                    asking.countDown();
                    LogStats stats = log.stats();
                    assertThat(stats.entries()).isNotNegative();
                    assertThat(stats.freeBytes()).isNotNegative();
                    assertThat(log.syncLatency().count())
                            .isGreaterThanOrEqualTo(stats.syncLatency().count());
                    asked++;
                }
                return asked;
            });
            // A store without a disk is done before a thread has begun.
            assertThat(asking.await(30, TimeUnit.SECONDS)).isTrue();
            for (int round = 0; round < 20; round++) {
                append(log.nextIndex(), 60);
                log.truncateSuffix(log.nextIndex() - 25);
                log.truncatePrefix(log.nextIndex() - 20);
            }
            done.set(true);
            assertThat(asker.get(30, TimeUnit.SECONDS)).isPositive();
        } finally {
            done.set(true);
            executor.shutdownNow();
        }
    }

    @Test
    void readGivesIndexTermAndBytes() {
        log.append(List.of(new LogEntry(1, 42, bytes("hello"))));
        LogEntry entry = log.read(1);
        assertThat(entry.index()).isEqualTo(1);
        assertThat(entry.term()).isEqualTo(42);
        assertThat(text(entry)).isEqualTo("hello");
    }

    @Test
    void readRefusesAnIndexOutsideOfTheRange() {
        append(1, 5);
        log.truncatePrefix(3);
        for (long index : new long[] {-1, 0, 2, 6, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> log.read(index))
                    .as("read(%d)", index)
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(Long.toString(index));
        }
    }

    @Test
    void termGivesTheTermOfAnEntry() {
        log.append(List.of(new LogEntry(1, 7, bytes("a")), new LogEntry(2, Long.MAX_VALUE, bytes("b"))));
        assertThat(log.term(1)).isEqualTo(7);
        assertThat(log.term(2)).isEqualTo(Long.MAX_VALUE);
        reopen();
        assertThat(log.term(1)).isEqualTo(7);
    }

    @Test
    void termRefusesAnIndexOutsideOfTheRange() {
        append(1, 2);
        assertThatThrownBy(() -> log.term(0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> log.term(3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aReaderSeesAnEntryOnceItsAppendHasReturned() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            for (int i = 1; i <= 20; i++) {
                append(i, 1);
                long index = i;
                assertThat(executor.submit(() -> log.read(index).term()).get(10, TimeUnit.SECONDS))
                        .isEqualTo(termOf(index));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void readersBesideAppendsAndTruncationsSeeWholeEntriesOrNone() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        CountDownLatch started = new CountDownLatch(2);
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(executor.submit(() -> {
                    long read = 0;
                    started.countDown();
                    while (!done.get()) {
                        for (long index = log.firstIndex(); index < log.nextIndex(); index++) {
                            try {
                                assertEntry(log.read(index));
                                read++;
                            } catch (IndexOutOfBoundsException e) {
                                break; // truncated meanwhile
                            }
                        }
                    }
                    return read;
                }));
            }
            assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
            for (int round = 0; round < 40; round++) {
                append(log.nextIndex(), 60);
                log.truncateSuffix(log.nextIndex() - 25);
                if (round % 4 == 3) {
                    log.truncatePrefix(log.nextIndex() - 20);
                }
            }
            done.set(true);
            for (Future<Long> reader : readers) {
                reader.get(30, TimeUnit.SECONDS);
            }
        } finally {
            done.set(true);
            executor.shutdownNow();
        }
    }

    @Test
    void anInterruptedReaderDoesNotHarmTheStore() {
        append(1, 3);
        Thread.currentThread().interrupt();
        try {
            assertThat(log.read(2).term()).isEqualTo(termOf(2));
        } finally {
            assertThat(Thread.interrupted()).as("the interrupt is handed on").isTrue();
        }
        append(4, 1);
        assertEntries(1, 5);
    }

    // ---- ownership

    @Test
    void buffersGivenToTheStoreAreTheCallersAgainWhenAppendReturns() {
        byte[] mine = "before".getBytes(UTF_8);
        ByteBuffer buffer = ByteBuffer.wrap(mine);
        log.append(List.of(new LogEntry(1, 1, buffer)));
        assertThat(buffer.remaining()).as("untouched").isEqualTo(mine.length);
        mine[0] = 'X';
        assertThat(text(log.read(1))).isEqualTo("before");
    }

    @Test
    void appendTakesTheBytesBetweenPositionAndLimit() {
        ByteBuffer slice =
                ByteBuffer.wrap("xxhelloyy".getBytes(UTF_8)).position(2).limit(7);
        ByteBuffer direct = ByteBuffer.allocateDirect(9)
                .put(slice.duplicate().clear())
                .position(2)
                .limit(7);
        log.append(List.of(
                new LogEntry(1, 1, slice), new LogEntry(2, 1, direct), new LogEntry(3, 1, slice.asReadOnlyBuffer())));
        for (long index = 1; index <= 3; index++) {
            assertThat(text(log.read(index))).isEqualTo("hello");
        }
    }

    @Test
    void buffersGivenOutAreReadOnly() {
        append(1, 1);
        assertThatThrownBy(() -> log.read(1).data().put(0, (byte) 0)).isInstanceOf(ReadOnlyBufferException.class);
    }

    @Test
    void buffersGivenOutStayUnchangedWhenTheEntryIsCutOffAndOverwritten() {
        append(1, 50);
        List<LogEntry> held = new ArrayList<>();
        for (long index = 1; index < 51; index++) {
            held.add(log.read(index));
        }
        log.truncateSuffix(10);
        log.append(List.of(new LogEntry(10, 1000, bytes("z".repeat(3000)))));
        log.truncatePrefix(11);
        log.reset(5);
        log.append(List.of(new LogEntry(5, 1000, bytes("y".repeat(3000)))));
        held.forEach(LogStoreContract::assertEntry);
    }

    @Test
    void eachReadGivesABufferOfItsOwn() {
        append(1, 1);
        LogEntry one = log.read(1);
        LogEntry two = log.read(1);
        one.data().position(one.data().limit());
        assertEntry(two);
    }

    // ---- append

    @Test
    void anEmptyBatchDoesNothing() {
        append(1, 2);
        long syncs = log.stats().syncs();
        log.append(List.of());
        assertRange(1, 3);
        assertThat(log.stats().syncs()).isEqualTo(syncs);
    }

    @Test
    void appendRefusesABatchThatDoesNotBeginAtNextIndex() {
        append(1, 2);
        assertThatThrownBy(() -> append(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> append(4, 1)).isInstanceOf(IllegalArgumentException.class);
        assertRange(1, 3);
    }

    @Test
    void appendRefusesABatchWithAGapAndChangesNothing() {
        List<LogEntry> gap = List.of(entry(1), entry(3));
        assertThatThrownBy(() -> log.append(gap)).isInstanceOf(IllegalArgumentException.class);
        assertRange(1, 1);
        append(1, 1);
        assertEntries(1, 2);
    }

    @Test
    void appendTakesTheLargestEntryAndRefusesALargerOne() {
        int most = log.entryBytesMax();
        log.append(List.of(new LogEntry(1, 1, ByteBuffer.allocate(most))));
        assertThat(log.read(1).bytes()).isEqualTo(most);
        List<LogEntry> tooLarge = List.of(entry(2), new LogEntry(3, 1, ByteBuffer.allocate(most + 1)));
        assertThatThrownBy(() -> log.append(tooLarge))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("entryBytesMax")
                .hasMessageContaining(Integer.toString(most));
        assertRange(1, 2);
    }

    @Test
    void anEntryMayBeEmpty() {
        log.append(List.of(new LogEntry(1, 1, ByteBuffer.allocate(0)), entry(2)));
        reopen();
        assertThat(log.read(1).bytes()).isZero();
        assertEntry(log.read(2));
    }

    @Test
    void aBatchMayBeLargerThanAFileOfTheBackend() {
        append(1, 1000);
        assertEntries(1, 1001);
        reopen();
        assertRange(1, 1001);
        assertEntries(1, 1001);
    }

    // ---- truncatePrefix

    @Test
    void truncatePrefixForgetsWhatComesBefore() {
        append(1, 500);
        log.truncatePrefix(400);
        assertRange(400, 501);
        assertEntries(400, 501);
    }

    @Test
    void truncatePrefixWithASmallerIndexDoesNothing() {
        append(1, 5);
        log.truncatePrefix(3);
        log.truncatePrefix(3);
        log.truncatePrefix(1);
        log.truncatePrefix(-7);
        assertRange(3, 6);
    }

    @Test
    void truncatePrefixRefusesAnIndexBeyondTheEnd() {
        append(1, 5);
        assertThatThrownBy(() -> log.truncatePrefix(7)).isInstanceOf(IllegalArgumentException.class);
        assertRange(1, 6);
    }

    @Test
    void appendGoesOnAfterTruncatePrefix() {
        append(1, 500);
        log.truncatePrefix(450);
        append(501, 500);
        log.truncatePrefix(990);
        append(1001, 5);
        reopen();
        assertRange(990, 1006);
        assertEntries(990, 1006);
    }

    // ---- truncateSuffix

    @Test
    void truncateSuffixForgetsFromAnIndexOnSoThatOthersCanBeAppended() {
        append(1, 500);
        log.truncateSuffix(100);
        assertRange(1, 100);
        append(100, 300);
        assertEntries(1, 400);
        log.truncateSuffix(399);
        log.truncateSuffix(2);
        append(2, 1);
        reopen();
        assertRange(1, 3);
        assertEntries(1, 3);
    }

    @Test
    void truncateSuffixWithALargerIndexDoesNothing() {
        append(1, 5);
        log.truncateSuffix(6);
        log.truncateSuffix(Long.MAX_VALUE);
        assertRange(1, 6);
    }

    @Test
    void truncateSuffixRefusesAnIndexBeforeTheBeginning() {
        append(1, 5);
        log.truncatePrefix(3);
        assertThatThrownBy(() -> log.truncateSuffix(2)).isInstanceOf(IllegalArgumentException.class);
        assertRange(3, 6);
    }

    @Test
    void truncateSuffixMayForgetEverything() {
        append(1, 5);
        log.truncateSuffix(1);
        assertRange(1, 1);
        append(1, 2);
        reopen();
        assertEntries(1, 3);
        assertRange(1, 3);
    }

    // ---- reset

    @Test
    void resetForgetsEverythingAndGoesOnFromAnIndex() {
        append(1, 500);
        log.reset(77);
        assertRange(77, 77);
        assertThatThrownBy(() -> log.read(76)).isInstanceOf(IndexOutOfBoundsException.class);
        append(77, 500);
        assertEntries(77, 577);
        log.reset(1);
        append(1, 3);
        reopen();
        assertRange(1, 4);
        assertEntries(1, 4);
    }

    @Test
    void resetOfAnEmptyLogMovesIt() {
        log.reset(10);
        assertRange(10, 10);
        log.reset(10);
        reopen();
        assertRange(10, 10);
    }

    @Test
    void resetRefusesAnIndexBelowOne() {
        assertThatThrownBy(() -> log.reset(0)).isInstanceOf(IllegalArgumentException.class);
        assertRange(1, 1);
    }

    // ---- entryBytesMax, stats

    @Test
    void entryBytesMaxIsWhatWasConfigured() {
        assertThat(log.entryBytesMax()).isEqualTo(OPTIONS.entryBytesMax());
    }

    @Test
    void statsCountWhatTheStoreHolds() {
        append(1, 10);
        assertThat(log.stats().entries()).isEqualTo(10);
        assertThat(log.stats().liveBytes()).isEqualTo(dataBytes(1, 11));
        log.truncatePrefix(4);
        log.truncateSuffix(9);
        assertThat(log.stats().entries()).isEqualTo(5);
        assertThat(log.stats().liveBytes()).isEqualTo(dataBytes(4, 9));
        reopen();
        assertThat(log.stats().entries()).isEqualTo(5);
        assertThat(log.stats().liveBytes()).isEqualTo(dataBytes(4, 9));
        log.reset(3);
        assertThat(log.stats().entries()).isZero();
        assertThat(log.stats().liveBytes()).isZero();
    }

    @Test
    void statsCountWhatTheStoreHasWritten() {
        append(1, 10);
        LogStats before = log.stats();
        append(11, 10);
        LogStats after = log.stats();
        assertThat(before.proposedBytes()).isEqualTo(dataBytes(1, 11));
        assertThat(after.proposedBytes()).isEqualTo(dataBytes(1, 21));
        String reason = keepsNothing();
        assumeTrue(reason == null, reason);
        assertThat(after.syncs()).as("one sync a batch").isEqualTo(before.syncs() + 1);
        assertThat(after.syncNanosTotal()).isGreaterThan(before.syncNanosTotal());
        assertThat(after.syncNanosMax()).isPositive();
        LatencyHistogram latency = log.syncLatency().since(before.syncLatency());
        assertThat(latency.count()).isEqualTo(1);
        assertThat(latency.percentileNanos(50)).isPositive();
        assertThat(log.syncLatency().count()).isEqualTo(after.syncs());
        assertThat(after.syncedBytes() - before.syncedBytes()).isGreaterThanOrEqualTo(dataBytes(11, 21));
        assertThat(after.fileBytes()).isGreaterThan(dataBytes(1, 21));
    }

    // ---- close

    @Test
    void aSecondCloseDoesNothing() {
        log.close();
        log.close();
    }

    @Test
    void everyCallAfterCloseIsRefused() {
        append(1, 1);
        log.close();
        List<Runnable> calls = List.of(
                () -> log.firstIndex(),
                () -> log.nextIndex(),
                () -> log.isEmpty(),
                () -> log.read(1),
                () -> log.term(1),
                () -> log.append(List.of(entry(2))),
                () -> log.append(List.of()),
                () -> log.truncatePrefix(1),
                () -> log.truncateSuffix(1),
                () -> log.reset(1),
                () -> log.entryBytesMax(),
                () -> log.stats(),
                () -> log.syncLatency());
        for (int i = 0; i < calls.size(); i++) {
            assertThatThrownBy(calls.get(i)::run)
                    .as("call %d", i)
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CLOSED));
        }
    }

    // ---- what the tests are written with

    protected final void append(long from, int count) {
        List<LogEntry> batch = new ArrayList<>();
        for (long index = from; index < from + count; index++) {
            batch.add(entry(index));
        }
        log.append(batch);
    }

    protected final void assertRange(long firstIndex, long nextIndex) {
        assertThat(log.firstIndex()).as("firstIndex").isEqualTo(firstIndex);
        assertThat(log.nextIndex()).as("nextIndex").isEqualTo(nextIndex);
    }

    protected final void assertEntries(long from, long to) {
        for (long index = from; index < to; index++) {
            assertEntry(log.read(index));
        }
    }

    /** The entry that the tests keep at an index: its bytes and term follow from it. */
    public static LogEntry entry(long index) {
        return new LogEntry(index, termOf(index), bytes(dataOf(index)));
    }

    public static void assertEntry(LogEntry entry) {
        assertThat(text(entry)).isEqualTo(dataOf(entry.index()));
        assertThat(entry.term()).isEqualTo(termOf(entry.index()));
    }

    private static long termOf(long index) {
        return index / 10;
    }

    private static String dataOf(long index) {
        return "entry " + index + " " + "abcdefghij".repeat((int) (index % 13));
    }

    private static long dataBytes(long from, long to) {
        long bytes = 0;
        for (long index = from; index < to; index++) {
            bytes += dataOf(index).length();
        }
        return bytes;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static String text(LogEntry entry) {
        return UTF_8.decode(entry.data().duplicate()).toString();
    }
}
