package dev.coord.wal.lmdb;

import dev.coord.wal.Contents;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStoreContract;
import dev.coord.wal.disk.SequenceMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Damages a small log in many ways and opens it after each. Says what it does before it does it. */
final class LmdbDamageProcess {

    private static final LogOptions OPTIONS = new LogOptions(4 << 10, 9000);
    private static final int PAGE_BYTES = 4096;

    /** Of a page, always tried: the header, and of the first two pages what the engine keeps in them. */
    private static final int PAGE_HEADER_BYTES = 16;

    private static final int META_BYTES = 152;

    private final Path file;
    private final Path mark;
    private final byte[] whole;
    private final byte[] wholeMark;
    private final Contents old;
    private final int every;
    private final int first;
    private int tried;

    private LmdbDamageProcess(Path directory, int every, int first) throws IOException {
        this.every = every;
        this.first = first;
        this.old = write(directory);
        file = directory.resolve(LmdbLogReader.DATA_FILE);
        mark = directory.resolve(SequenceMark.FILE);
        whole = Files.readAllBytes(file);
        wholeMark = Files.readAllBytes(mark);
    }

    /** Arguments: directory, try every so manieth place, first of these. */
    public static void main(String[] arguments) throws IOException {
        new LmdbDamageProcess(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))
                .run();
    }

    /** Two levels of pages, values with pages of their own, free pages, a range that was cut at both ends. */
    private static Contents write(Path directory) {
        try (LmdbLogStore log = LmdbLogStore.open(directory, OPTIONS)) {
            append(log, 1, 60);
            log.truncateSuffix(50);
            append(log, 50, 60);
            log.append(List.of(
                    new LogEntry(110, 20, ByteBuffer.allocate(9000)),
                    new LogEntry(111, 20, ByteBuffer.allocate(3000))));
            log.truncatePrefix(9);
            append(log, 112, 3);
            append(log, 115, 1);
            return Contents.of(log);
        }
    }

    private static void append(LmdbLogStore log, long from, int count) {
        log.append(LongStream.range(from, from + count)
                .mapToObj(LogStoreContract::entry)
                .toList());
    }

    private void run() throws IOException {
        for (int at = 0; at < whole.length; at++) {
            int within = at % PAGE_BYTES;
            boolean always = within < (at < 2 * PAGE_BYTES ? META_BYTES : PAGE_HEADER_BYTES);
            if (always || at % every == first) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << (at % 8));
                check(flipped, "byte " + at + " of page " + at / PAGE_BYTES + " flipped");
            }
        }
        for (int length = 0; length < whole.length; length++) {
            if (length % PAGE_BYTES < 2 || length % (every * 8) == first) {
                check(Arrays.copyOf(whole, length), "cut to " + length + " bytes");
            }
        }
        System.out.println("done, " + tried + " ways tried");
    }

    /** Reads all, appends, and reads all again: what the engine allocates must not lie where something lives. */
    private void check(byte[] damaged, String what) throws IOException {
        System.out.println(what);
        tried++;
        Files.write(file, damaged);
        Files.write(mark, wholeMark);
        try (LmdbLogStore log = LmdbLogStore.open(file.getParent(), OPTIONS)) {
            demand(Contents.of(log).equals(old), what + ": other data");
            List<LogEntry> more = List.of(LogStoreContract.entry(log.nextIndex()));
            log.append(more);
            demand(Contents.of(log).equals(old.append(more)), what + ", then appended to: other data");
        } catch (LogException e) {
            demand(e.kind() == Kind.DAMAGED || e.kind() == Kind.NEWER_FORMAT, what + ": " + e);
            demand(e.getMessage().contains(file.toString()), what + " does not name the file: " + e);
            demand(
                    e.kind() == Kind.NEWER_FORMAT || e.getMessage().contains("at offset "),
                    what + " does not name the offset: " + e);
        }
    }

    private static void demand(boolean holds, String words) {
        if (!holds) {
            throw new AssertionError(words);
        }
    }
}
