package dev.coord.wal.mapdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.CrashableDisk;
import dev.coord.wal.disk.SequenceMark;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * Bytes flipped and files cut: the old data or an exception that names file and offset, never anything else, and never a
 * loop without end, which a page store of links could fall into. The engine is plain Java, so the test need not be afraid
 * for its process.
 *
 * <p>Its file is 2 MiB and nearly all of it zeros that nothing leads to: every byte near one that is not zero is tried, and
 * a few of the rest. The short run takes every so manieth of these, from a random one on.
 */
@NullUnmarked
class MapDbDamageTest {

    private static final LogOptions OPTIONS = new LogOptions(4 << 10, 2000);
    private static final int JOURNAL_BYTES = 16 << 10;
    private static final int SHORT_RUN = 29;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
    void bytesFlippedGiveTheOldDataOrNameFileAndOffset() {
        flip(SHORT_RUN);
    }

    @Test
    @Tag("slow")
    void eachByteFlippedGivesTheOldDataOrNamesFileAndOffset() {
        flip(1);
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
    void filesCutGiveTheOldDataOrNameFileAndOffset() {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (String name : files.keySet()) {
            byte[] bytes = files.get(name);
            int used = lastUsed(bytes) + 1;
            for (int i = 0; i < 60; i++) {
                int length = random.nextInt(used);
                assertOldOrNamed(
                        old,
                        with(files, name, Arrays.copyOf(bytes, length)),
                        "seed " + seed + "L: " + name + " cut to " + length + " bytes");
            }
        }
    }

    private static int lastUsed(byte[] bytes) {
        int at = bytes.length - 1;
        while (at > 0 && bytes[at] == 0) {
            at--;
        }
        return at;
    }

    private void flip(int every) {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        int candidate = new Random().nextInt(every);
        int tried = 0;
        for (String name : files.keySet()) {
            byte[] bytes = files.get(name);
            for (int at = 0; at < bytes.length; at++) {
                if (isTried(bytes, at) && candidate++ % every == 0) {
                    byte[] flipped = bytes.clone();
                    flipped[at] ^= (byte) (1 << (at % 8));
                    assertOldOrNamed(old, with(files, name, flipped), name + ", byte " + at + " flipped");
                    tried++;
                }
            }
        }
        assertThat(tried).isGreaterThan(300);
    }

    private static boolean isTried(byte[] bytes, int at) {
        for (int near = Math.max(0, at - 8); near <= Math.min(bytes.length - 1, at + 8); near++) {
            if (bytes[near] != 0) {
                return true;
            }
        }
        return at % 16_411 == 0;
    }

    /** As a killed process leaves it: the last commits are in the journal, too. */
    private static Map<String, byte[]> smallLog() {
        CrashableDisk disk = new CrashableDisk();
        try (MapDbLogStore log = open(disk)) {
            append(log, 1, 20);
            log.truncateSuffix(15);
            append(log, 15, 30);
            for (int i = 0; i < 40; i++) {
                append(log, log.nextIndex(), 2);
            }
            log.truncatePrefix(3);
            append(log, log.nextIndex(), 35);
            append(log, log.nextIndex(), 1);
            Map<String, byte[]> files = disk.files();
            assertThat(files).containsOnlyKeys(MapDbLogStore.DATA_FILE, Journal.FILE, SequenceMark.FILE);
            return files;
        }
    }

    private static MapDbLogStore open(CrashableDisk disk) {
        return MapDbLogStore.open(disk, OPTIONS, JOURNAL_BYTES);
    }

    private static void append(MapDbLogStore log, long from, int count) {
        log.append(LongStream.range(from, from + count)
                .mapToObj(LogStoreContract::entry)
                .toList());
    }

    private static Map<String, byte[]> with(Map<String, byte[]> files, String name, byte[] bytes) {
        Map<String, byte[]> changed = new TreeMap<>(files);
        changed.put(name, bytes);
        return changed;
    }

    private static Contents contents(Map<String, byte[]> files) {
        try (MapDbLogStore log = open(CrashableDisk.holding(files))) {
            return Contents.of(log);
        }
    }

    /** Reads all, appends, and reads all again: what the engine allocates must not lie where something lives. */
    private static void assertOldOrNamed(Contents old, Map<String, byte[]> files, String what) {
        try (MapDbLogStore log = open(CrashableDisk.holding(files))) {
            assertThat(Contents.of(log)).as(what).isEqualTo(old);
            List<LogEntry> more = List.of(LogStoreContract.entry(log.nextIndex()));
            log.append(more);
            assertThat(Contents.of(log)).as("%s, then appended to", what).isEqualTo(old.append(more));
        } catch (LogException e) {
            assertThat(e.kind()).as("%s: %s", what, e.getMessage()).isIn(Kind.DAMAGED, Kind.NEWER_FORMAT, Kind.IO);
            assertThat(e.getMessage()).as(what).contains("disk/");
            if (e.kind() == Kind.DAMAGED) {
                assertThat(e.getMessage()).as(what).contains("offset");
            }
        } catch (RuntimeException e) {
            throw new AssertionError(what + ": " + e, e);
        }
    }
}
