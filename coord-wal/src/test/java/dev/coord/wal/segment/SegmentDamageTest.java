package dev.coord.wal.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.CrashableDisk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.AbstractStringAssert;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Bytes flipped, files cut and files lost: the old data or an exception that names file and offset, never anything else. */
@NullUnmarked
class SegmentDamageTest {

    private static final LogOptions OPTIONS = new LogOptions(4 << 10, 2000);

    private static final int LOG_ID = 7;

    @Test
    void eachByteOfALogFlippedGivesTheOldDataOrNamesFileAndOffset() {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        for (String name : files.keySet()) {
            byte[] bytes = files.get(name);
            for (int at = 0; at < bytes.length; at++) {
                byte[] flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << (at % 8));
                assertOldOrNamed(old, with(files, name, flipped), name + ", byte " + at + " flipped");
            }
        }
    }

    @Test
    void eachFileOfALogCutAnywhereGivesTheOldDataOrNamesFileAndOffset() {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        for (String name : files.keySet()) {
            byte[] bytes = files.get(name);
            for (int length = 0; length < bytes.length; length++) {
                assertOldOrNamed(
                        old, with(files, name, Arrays.copyOf(bytes, length)), name + " cut to " + length + " bytes");
            }
        }
    }

    @Test
    void eachFileOfALogLostGivesTheOldDataOrNamesIt() {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        for (String name : files.keySet()) {
            Map<String, byte[]> rest = new TreeMap<>(files);
            rest.remove(name);
            assertOldOrNamed(old, rest, name + " lost");
        }
    }

    @Test
    void aLostTailFileIsNotMistakenForACrash() {
        Map<String, byte[]> files = smallLog();
        String last = segmentFiles(files).get(segmentFiles(files).size() - 1);
        files.remove(last);
        assertRefused(files, Kind.DAMAGED).contains(last, "missing");
    }

    @Test
    void aTailThatLostAcknowledgedEntriesIsNotMistakenForACrash() {
        Map<String, byte[]> files = tenAppends();
        String tail = segmentFiles(files).get(0);
        int half = FrameCodec.EXTENT_HEADER_BYTES + 5 * FrameCodec.HEADER_BYTES;
        files.put(tail, Arrays.copyOf(files.get(tail), half));
        assertRefused(files, Kind.DAMAGED).contains(tail, "entries up to 10 were acknowledged");
        Arrays.fill(files.get(tail), half / 2, half, (byte) 0);
        assertRefused(files, Kind.DAMAGED).contains(tail, "entries up to 10 were acknowledged");
    }

    @Test
    void damageInTheMiddleOfTheTailIsFoundWithoutTheWatermark() {
        Map<String, byte[]> files = tenAppends();
        files.remove(Watermark.FILE);
        String tail = segmentFiles(files).get(0);
        files.get(tail)[FrameCodec.EXTENT_HEADER_BYTES + FrameCodec.HEADER_BYTES + 3] ^= 1;
        assertRefused(files, Kind.DAMAGED)
                .contains(tail, "offset " + FrameCodec.EXTENT_HEADER_BYTES, "entry 2 was written after");
    }

    @Test
    void aDamagedEntryIsAnExceptionAndItsNeighboursCanBeRead() {
        Map<String, byte[]> files = smallLog();
        String first = segmentFiles(files).get(0);
        int data = FrameCodec.EXTENT_HEADER_BYTES + FrameCodec.HEADER_BYTES;
        files.get(first)[data] ^= 1;
        try (SegmentLogStore log = open(files)) {
            LogException thrown = catchThrowableOfType(LogException.class, () -> log.read(1));
            assertThat(thrown.kind()).isEqualTo(Kind.DAMAGED);
            assertThat(thrown.getMessage()).contains(first, "offset " + data, "entry 1");
            LogStoreContract.assertEntry(log.read(2));
            assertThat(log.term(1)).as("the header has its own checksum").isZero();
        }
    }

    @Test
    void aDamagedIndexOfASealedFileIsMadeAgain() {
        Map<String, byte[]> files = smallLog();
        Contents old = contents(files);
        byte[] first = files.get(segmentFiles(files).get(0));
        first[first.length - 1] ^= 1; // the end of a full file is its index
        assertThat(contents(files)).isEqualTo(old);
    }

    @Test
    void aNewerFormatIsRefusedByName() {
        Map<String, byte[]> files = smallLog();
        files.get(Manifest.FILE)[8] = ManifestCodec.FORMAT + 1;
        assertRefused(files, Kind.NEWER_FORMAT).contains(Manifest.FILE, "format 2", "newer one");
    }

    @Test
    void theMessageSaysWhatToDo() {
        Map<String, byte[]> files = smallLog();
        files.put(Manifest.FILE, "not a manifest at all, but long enough to be one".getBytes(UTF_8));
        assertRefused(files, Kind.DAMAGED)
                .contains(Manifest.FILE + " is damaged at offset 0", "join them anew with an empty data directory");
    }

    private static Map<String, byte[]> tenAppends() {
        CrashableDisk disk = new CrashableDisk();
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, LOG_ID)) {
            for (int i = 1; i <= 10; i++) {
                append(log, i, 1);
            }
        }
        return disk.files();
    }

    /** Several files, a cut extent and a sealed one among them, entries of each kind. */
    private static Map<String, byte[]> smallLog() {
        CrashableDisk disk = new CrashableDisk();
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, LOG_ID)) {
            append(log, 1, 30);
            log.truncateSuffix(25);
            append(log, 25, 5);
            log.append(List.of(new LogEntry(30, 3, ByteBuffer.allocate(0))));
            append(log, 31, 22);
        }
        try (SegmentLogStore log = SegmentLogStore.open(disk, OPTIONS, LOG_ID)) {
            append(log, 53, 4);
            append(log, 57, 1);
        }
        Map<String, byte[]> files = disk.files();
        assertThat(segmentFiles(files)).hasSizeGreaterThanOrEqualTo(2);
        return files;
    }

    private static void append(SegmentLogStore log, long from, int count) {
        List<LogEntry> batch = new ArrayList<>();
        for (long index = from; index < from + count; index++) {
            batch.add(LogStoreContract.entry(index));
        }
        log.append(batch);
    }

    private static Map<String, byte[]> with(Map<String, byte[]> files, String name, byte[] bytes) {
        Map<String, byte[]> changed = new TreeMap<>(files);
        changed.put(name, bytes);
        return changed;
    }

    private static List<String> segmentFiles(Map<String, byte[]> files) {
        return files.keySet().stream().filter(name -> Segment.idOf(name) > 0).toList();
    }

    private static SegmentLogStore open(Map<String, byte[]> files) {
        return SegmentLogStore.open(CrashableDisk.holding(files), OPTIONS, LOG_ID);
    }

    private static Contents contents(Map<String, byte[]> files) {
        try (SegmentLogStore log = open(files)) {
            return Contents.of(log);
        }
    }

    private static AbstractStringAssert<?> assertRefused(Map<String, byte[]> files, Kind kind) {
        LogException thrown = catchThrowableOfType(LogException.class, () -> open(files));
        assertThat(thrown).isNotNull();
        assertThat(thrown.kind()).isEqualTo(kind);
        return assertThat(thrown.getMessage());
    }

    private static void assertOldOrNamed(Contents old, Map<String, byte[]> files, String what) {
        try {
            assertThat(contents(files)).as(what).isEqualTo(old);
        } catch (LogException e) {
            assertThat(e.kind()).as("%s: %s", what, e.getMessage()).isIn(Kind.DAMAGED, Kind.NEWER_FORMAT);
            assertThat(e.getMessage()).as(what).containsPattern("(segment-\\d+\\.log|MANIFEST)");
            if (e.kind() == Kind.DAMAGED) {
                assertThat(e.getMessage()).as(what).contains("at offset ");
            }
        }
    }
}
