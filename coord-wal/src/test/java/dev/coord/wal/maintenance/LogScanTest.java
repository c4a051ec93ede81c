package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogScript;
import dev.coord.wal.LogScript.Operation;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A log read without being opened says the same as the log itself, and leaves no trace. */
class LogScanTest {

    private static final LogOptions OPTIONS = new LogOptions(16 << 10, 200 << 10);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void readsWhatTheLogHoldsAfterAnyRunOfOperations(String backend) {
        long seed = new Random().nextLong();
        LogScript script = new LogScript(seed, 4 << 10);
        List<Operation> done = new ArrayList<>();
        LogStore log = LogDirectory.open(directory, backend, OPTIONS);
        try {
            for (int round = 0; round < 12; round++) {
                for (int i = 0; i < 6; i++) {
                    Operation operation = script.next(Contents.of(log));
                    done.add(operation);
                    if (!LogScript.isReopen(operation)) {
                        operation.on(log);
                    }
                }
                Contents expected = Contents.of(log);
                LogStats stats = log.stats();
                log.close();
                Map<String, Scanned.FileState> before = Scanned.filesIn(directory);

                Scanned found = Scanned.of(directory);

                String run = backend + ", seed " + seed + "L, after " + done;
                assertThat(found.damages).as(run).isEmpty();
                assertThat(new Contents(found.layout.firstIndex(), found.entries))
                        .as(run)
                        .isEqualTo(expected);
                assertThat(found.layout.nextIndex()).as(run).isEqualTo(expected.nextIndex());
                assertThat(found.layout.freeBytes()).as("free bytes, " + run).isEqualTo(stats.freeBytes());
                assertThat(found.layout.freeListEntries())
                        .as("free list, " + run)
                        .isEqualTo(stats.freeListEntries());
                assertThat(Scanned.filesIn(directory)).as(run).isEqualTo(before);
                log = LogDirectory.open(directory, backend, OPTIONS);
            }
        } finally {
            log.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void readsEntriesLargerThanAPageAndBatchesLargerThanARecord(String backend) {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            byte[] large = new byte[180 << 10];
            new Random(5).nextBytes(large);
            for (int batch = 0; batch < 3; batch++) {
                List<LogEntry> entries = new ArrayList<>();
                for (int i = 0; i < 9; i++) {
                    entries.add(new LogEntry(log.nextIndex() + i, 3, ByteBuffer.wrap(large)));
                }
                log.append(entries);
            }
            log.truncatePrefix(3);
        }

        Scanned found = Scanned.of(directory);

        assertThat(found.damages).isEmpty();
        assertThat(found.entries).hasSize(25).allMatch(entry -> entry.bytes() == 180 << 10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aLogThatALiveStoreHoldsIsRefusedByName(String backend) {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            assertThat(log.isEmpty()).isTrue();
            assertThatThrownBy(() -> LogScan.open(directory))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LOCKED))
                    .hasMessageContaining(directory.toString());
        }
        LogScan.open(directory).close();
    }

    @Test
    void aServersDirectoryThatIsHeldIsRefusedByNameAlsoBeforeItsLogIsOpen() throws IOException {
        Path raft = Files.createDirectories(directory.resolve("raft"));
        Files.writeString(raft.resolve("server.json"), "{}");
        LogDirectory.open(raft.resolve("log"), "segment", OPTIONS).close();
        try (FileChannel lock =
                FileChannel.open(raft.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(lock.tryLock()).isNotNull();
            assertThatThrownBy(() -> LogScan.open(directory))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LOCKED))
                    .hasMessageContaining("server's directory " + raft);
        }
        LogScan.open(directory).close();
    }

    @Test
    void aStoreCanNotOpenALogThatIsBeingRead() {
        LogDirectory.open(directory, "segment", OPTIONS).close();
        try (LogScan scan = LogScan.open(directory)) {
            assertThat(scan.location().backend()).isEqualTo("segment");
            assertThatThrownBy(() -> LogDirectory.open(directory, "segment", OPTIONS))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("held by a live process");
        }
        LogDirectory.open(directory, "segment", OPTIONS).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aLogWhoseMarkerIsLostIsKnownByItsFiles(String backend) throws IOException {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            log.append(List.of(LogStoreContract.entry(1)));
        }
        Files.delete(directory.resolve(LogMarker.FILE));

        Scanned found = Scanned.of(directory);

        assertThat(found.indexes()).containsExactly(1L);
        assertThat(found.damages).singleElement().asString().contains("BACKEND", "missing", backend);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aLogThatWasBuiltBesideAnotherOneIsFound(String backend) {
        LogDirectory.open(directory, "segment", OPTIONS).close();
        try (LogGenerations generations = LogGenerations.open(directory, "segment")) {
            LogGenerations.Beside beside = generations.begin(backend);
            try (LogStore log = beside.openLog(OPTIONS)) {
                log.append(List.of(LogStoreContract.entry(1), LogStoreContract.entry(2)));
            }
            beside.prepare();
            beside.publish();
        }

        Scanned found = Scanned.of(directory);

        assertThat(found.indexes()).containsExactly(1L, 2L);
        assertThat(found.damages).isEmpty();
    }

    @Test
    void aDirectoryWithoutALogSaysWhatIsWanted() {
        assertThatThrownBy(() -> LogScan.open(directory))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("no log in " + directory)
                .hasMessageContaining("raft/log");
        assertThat(directory).isEmptyDirectory();
    }
}
