package dev.coord.wal.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever happens to the bytes of a log: reading it ends, gives no entry that was not written, and names what is missing.
 */
class DamagedLogTest {

    private static final LogOptions OPTIONS = new LogOptions(16 << 10, 8 << 10);
    private static final long FIRST = 100;
    private static final long NEXT = 900;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aChangedByteTakesAtMostWhatIsNamed(String backend) throws IOException {
        changeBytes(backend, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    @Tag("slow")
    void aChangedByteTakesAtMostWhatIsNamedWhereverItIs(String backend) throws IOException {
        changeBytes(backend, 20_000);
    }

    private void changeBytes(String backend, int times) throws IOException {
        write(backend);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Path> files = files();
        for (int i = 0; i < times; i++) {
            Path file = files.get(random.nextInt(files.size()));
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                long offset = nonZero(bytes, random);
                int old = byteAt(bytes, offset);
                put(bytes, offset, old ^ (1 << random.nextInt(8)));
                String what = backend + ", seed " + seed + "L: " + file.getFileName() + " changed at " + offset;
                try {
                    check(what, true);
                } catch (LogException e) {
                    // The version is looked at first: what a newer build wrote may have its checksum elsewhere.
                    assertThat(e.kind()).as(what).isEqualTo(Kind.NEWER_FORMAT);
                }
                put(bytes, offset, old);
            }
        }
        check(backend + " as it was", false);
    }

    /** Most of a page store's file is empty. */
    private static long nonZero(RandomAccessFile bytes, Random random) throws IOException {
        long offset = 0;
        for (int tries = 0; tries < 500; tries++) {
            offset = random.nextLong(bytes.length());
            if (byteAt(bytes, offset) != 0) {
                return offset;
            }
        }
        return offset;
    }

    private static int byteAt(RandomAccessFile bytes, long offset) throws IOException {
        bytes.seek(offset);
        return bytes.read();
    }

    private static void put(RandomAccessFile bytes, long offset, int value) throws IOException {
        bytes.seek(offset);
        bytes.write(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aHoleOfZerosTakesAtMostWhatIsNamed(String backend) throws IOException {
        write(backend);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Path> files = files();
        for (int i = 0; i < 15; i++) {
            Path file = files.get(random.nextInt(files.size()));
            byte[] whole = Files.readAllBytes(file);
            byte[] holed = whole.clone();
            int from = random.nextInt(whole.length);
            int to = Math.min(whole.length, from + 1 + random.nextInt(6000));
            Arrays.fill(holed, from, to, (byte) 0);
            Files.write(file, holed);
            check(backend + ", seed " + seed + "L: " + file.getFileName() + " zero from " + from + " to " + to, true);
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aCutFileTakesAtMostWhatIsNamed(String backend) throws IOException {
        write(backend);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Path> files = files();
        for (int i = 0; i < 15; i++) {
            Path file = files.get(random.nextInt(files.size()));
            byte[] whole = Files.readAllBytes(file);
            int kept = random.nextInt(whole.length);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(kept);
            }
            check(backend + ", seed " + seed + "L: " + file.getFileName() + " cut at " + kept, true);
            Files.write(file, whole);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aFileThatIsGoneIsNamed(String backend) throws IOException {
        write(backend);
        for (Path file : files()) {
            byte[] whole = Files.readAllBytes(file);
            Files.delete(file);
            if (files().isEmpty()) {
                continue; // then it is no log any more but by its marker
            }
            Scanned found = check(backend + ": " + file.getFileName() + " gone", true);
            assertThat(found.damages)
                    .anyMatch(damage -> damage.file().equals(file.getFileName().toString()));
            Files.write(file, whole);
        }
    }

    /** A log with a past: a truncated front, a rewritten end, several files where there are files. */
    private void write(String backend) {
        try (LogStore log = LogDirectory.open(directory, backend, OPTIONS)) {
            log.reset(50);
            append(log, 400, 7);
            log.truncateSuffix(300);
            append(log, 600, 1);
            append(log, NEXT, 20);
            log.truncatePrefix(FIRST);
        }
    }

    private static void append(LogStore log, long to, int batch) {
        while (log.nextIndex() < to) {
            List<LogEntry> entries = new ArrayList<>();
            for (long index = log.nextIndex(); entries.size() < batch && index < to; index++) {
                entries.add(LogStoreContract.entry(index));
            }
            log.append(entries);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.filter(path -> !List.of("LOCK", "BACKEND", "lock.mdb")
                            .contains(path.getFileName().toString()))
                    .filter(path -> path.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
    }

    private Scanned check(String what, boolean damaged) {
        Scanned found = Scanned.of(directory);
        long before = 0;
        for (LogEntry entry : found.entries) {
            assertThat(entry.index()).as(what).isGreaterThan(before);
            LogStoreContract.assertEntry(entry);
            before = entry.index();
        }
        List<Long> indexes = found.indexes();
        assertThat(found.damages.stream().mapToLong(LogDamage::entries).sum())
                .as("entries lost: %s: %s", what, found.damages)
                .isLessThanOrEqualTo(NEXT - FIRST);
        if (found.damages.isEmpty()) {
            assertThat(indexes)
                    .as(what)
                    .hasSize((int) (NEXT - FIRST))
                    .startsWith(FIRST)
                    .endsWith(NEXT - 1);
        } else {
            assertThat(damaged).as("%s: %s", what, found.damages).isTrue();
        }
        // Where the bookkeeping of the ends itself is damaged, nobody knows how far the log went.
        boolean endsKnown = found.damages.stream().allMatch(damage -> damage.entries() > 0);
        Set<Long> given = new HashSet<>(indexes);
        long first = endsKnown ? FIRST : Math.max(FIRST, found.layout.firstIndex());
        for (long index = first; index < (endsKnown ? NEXT : found.layout.nextIndex()); index++) {
            assertThat(given.contains(index) != found.isLost(index))
                    .as("%s: entry %d is either given or named as lost: %s", what, index, found.damages)
                    .isTrue();
        }
        return found;
    }
}
