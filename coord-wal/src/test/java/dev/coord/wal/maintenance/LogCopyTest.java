package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogCopyTest {

    private static final LogOptions OPTIONS = new LogOptions(16 << 10, 64 << 10);

    @TempDir
    private Path directory;

    private Path source() {
        return directory.resolve("source");
    }

    private Path target() {
        return directory.resolve("target");
    }

    private Contents write(String backend) {
        try (LogStore log = LogDirectory.open(source(), backend, OPTIONS)) {
            log.reset(50);
            while (log.nextIndex() < 2990) {
                List<LogEntry> batch = new ArrayList<>();
                for (long index = log.nextIndex(); batch.size() < 370; index++) {
                    batch.add(LogStoreContract.entry(index));
                }
                log.append(batch);
            }
            log.truncatePrefix(2500);
            return Contents.of(log);
        }
    }

    private static Contents contents(Path directory, String backend) {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            return Contents.of(log);
        }
    }

    private LogCopy copy(String backend, boolean salvage) {
        try (LogScan scan = LogScan.open(source())) {
            return LogCopy.toDirectory(scan, target(), backend, salvage, ProgressListener.NONE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "segment,segment", "segment,lmdb", "segment,mapdb",
        "lmdb,segment", "lmdb,lmdb", "lmdb,mapdb",
        "mapdb,segment", "mapdb,lmdb", "mapdb,mapdb"
    })
    void aCopyHoldsTheSameAndItsSourceIsUntouched(String from, String to) {
        Contents expected = write(from);
        Map<String, Scanned.FileState> before = Scanned.filesIn(source());

        LogCopy copy = copy(to, false);

        assertThat(Scanned.filesIn(source())).isEqualTo(before);
        assertThat(contents(target(), to)).isEqualTo(expected);
        assertThat(copy.entries()).isEqualTo(expected.entries().size());
        assertThat(directory).isDirectoryNotContaining("glob:**.copying");
    }

    @ParameterizedTest
    @CsvSource({"segment,lmdb", "lmdb,mapdb", "mapdb,segment"})
    void inPlaceTheLogHoldsTheSameAndTheOldOneIsGone(String from, String to) {
        Contents expected = write(from);

        LogCopy.inPlace(source(), to, ProgressListener.NONE);

        assertThat(LogDirectory.backendOf(source())).contains(to);
        assertThat(contents(source(), to)).isEqualTo(expected);
        LogCopy again = LogCopy.inPlace(source(), null, ProgressListener.NONE);
        assertThat(again.backend()).isEqualTo(to);
        assertThat(contents(source(), to)).isEqualTo(expected);
        assertThat(source())
                .isDirectoryNotContaining(path -> path.getFileName().toString().equals("MANIFEST"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lmdb", "mapdb"})
    void compactionGivesBackWhatABurstHasLeftFree(String backend) {
        write(backend);
        LogCopy compacted = LogCopy.inPlace(source(), null, ProgressListener.NONE);
        long lockFile = backend.equals("lmdb") ? 65_664 : 8 << 20; // the reader table, the journal: always there
        assertThat(compacted.fileBytesAfter()).isLessThan(compacted.fileBytesBefore());
        assertThat(compacted.fileBytesAfter() - lockFile).isLessThan(2 * compacted.bytes() + (1 << 20) + (64 << 10));
        try (LogStore log = LogDirectory.open(source(), backend, OPTIONS)) {
            assertThat(log.stats().freeListEntries()).isLessThan(100);
        }
    }

    @Test
    void anEmptyLogKeepsItsPosition() {
        try (LogStore log = LogDirectory.open(source(), "mapdb", OPTIONS)) {
            log.reset(77);
        }
        copy("segment", false);
        assertThat(contents(target(), "segment").nextIndex()).isEqualTo(77);
        LogCopy.inPlace(source(), "lmdb", ProgressListener.NONE);
        assertThat(contents(source(), "lmdb").nextIndex()).isEqualTo(77);
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        write("segment");
        Files.createDirectories(target());
        Files.writeString(target().resolve("mine"), "x");
        assertThatThrownBy(() -> copy("segment", false))
                .isInstanceOf(LogException.class)
                .hasMessageContaining(target() + " is not empty");
        assertThat(target().resolve("mine")).hasContent("x");
    }

    @Test
    void whatAKilledCopyHasLeftIsDeletedButNothingElse() throws IOException {
        Contents expected = write("segment");
        Path work = directory.resolve("target.copying");
        LogDirectory.open(work, "lmdb", OPTIONS).close();
        copy("mapdb", false);
        assertThat(contents(target(), "mapdb")).isEqualTo(expected);
        assertThat(work).doesNotExist();

        Files.createDirectories(work);
        Files.writeString(work.resolve("thesis.txt"), "x");
        LogCopyTest.deleteTree(target());
        assertThatThrownBy(() -> copy("mapdb", false)).hasMessageContaining("thesis.txt");
        assertThat(work.resolve("thesis.txt")).hasContent("x");
    }

    private static void deleteTree(Path tree) throws IOException {
        try (var paths = Files.list(tree)) {
            for (Path path : paths.toList()) {
                Files.delete(path);
            }
        }
        Files.delete(tree);
    }

    @Test
    void twoCopiesToOnePlaceDoNotMeet() {
        write("segment");
        try (LogStore other = LogDirectory.open(directory.resolve("target.copying"), "lmdb", OPTIONS)) {
            assertThat(other.isEmpty()).isTrue();
            assertThatThrownBy(() -> copy("segment", false))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LOCKED));
        }
        copy("segment", false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aDamagedLogIsRefusedByNameAndStaysAsItWas(String backend) throws IOException {
        write(backend);
        damage(2605);
        Map<String, Scanned.FileState> before = Scanned.filesIn(source());
        assertThatThrownBy(() -> copy("segment", false))
                .isInstanceOfSatisfying(
                        LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DAMAGED))
                .hasMessageContaining("entry 2605");
        assertThat(target()).doesNotExist();
        assertThat(directory.resolve("target.copying")).doesNotExist();
        assertThatThrownBy(() -> LogCopy.inPlace(source(), "segment", ProgressListener.NONE))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("entry 2605");
        assertThat(Scanned.filesIn(source())).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aDamagedLogIsSalvagedUpToTheFirstLostEntryIfAskedFor(String backend) throws IOException {
        Contents whole = write(backend);
        damage(2605);
        LogCopy copy = copy("segment", true);
        assertThat(copy.damage()).isNotNull();
        assertThat(copy.damage().firstIndex()).isEqualTo(2605);
        assertThat(contents(target(), "segment")).isEqualTo(whole.truncateSuffix(2605));
    }

    /** Changes a byte of an entry's data wherever it is written. */
    private void damage(long index) throws IOException {
        List<String> places = new ArrayList<>();
        try (LogScan scan = LogScan.open(source())) {
            scan.read(new Scanned() {
                @Override
                public void entry(LogEntry entry, String file, long offset) {
                    if (entry.index() == index) {
                        places.add(file + " " + offset);
                    }
                }
            });
        }
        assertThat(places).hasSize(1);
        String[] place = places.get(0).split(" ");
        try (RandomAccessFile file =
                new RandomAccessFile(source().resolve(place[0]).toFile(), "rw")) {
            long at = Long.parseLong(place[1]) + 30;
            file.seek(at);
            int old = file.read();
            file.seek(at);
            file.write(~old);
        }
    }

    @Test
    void aLogThatALiveStoreHoldsIsLeftAlone() {
        write("mapdb");
        try (LogStore log = LogDirectory.open(source(), "mapdb", OPTIONS)) {
            assertThatThrownBy(() -> LogCopy.inPlace(source(), "segment", ProgressListener.NONE))
                    .isInstanceOfSatisfying(
                            LogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LOCKED))
                    .hasMessageContaining(source().toString());
            assertThat(log.firstIndex()).isEqualTo(2500);
        }
    }
}
