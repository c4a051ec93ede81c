package dev.coord.wal.maintenance;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file that says which backend a directory belongs to and where its files lie: one line of text, so that it can be
 * read without any tool.
 *
 * <pre>
 * coord-log BACKEND 1              the backend's files lie in the directory itself
 * coord-log BACKEND 2 GENERATION   they lie in its sub-directory generation-GENERATION
 * </pre>
 *
 * @param backend name of the backend
 * @param generation 0: in the directory itself
 */
record LogMarker(String backend, int generation) {

    static final String FILE = "BACKEND";
    static final String FILE_BESIDE = FILE + ".tmp";

    private static final int FORMAT_PLAIN = 1;
    private static final int FORMAT_GENERATION = 2;
    private static final Pattern LINE = Pattern.compile("coord-log ([a-z]{1,32}) ([0-9]{1,9})( [0-9]{1,9})?\n");
    private static final int BYTES_MAX = 64;

    /** The marker of a directory; empty if there is none. */
    static Optional<LogMarker> read(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text;
        try {
            if (Files.size(file) > BYTES_MAX) {
                throw damaged(file, null);
            }
            text = Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't read " + file + ": " + e, e);
        }
        return Optional.of(parse(file, text));
    }

    private static LogMarker parse(Path file, String text) {
        Matcher line = LINE.matcher(text);
        if (!line.matches()) {
            throw damaged(file, text);
        }
        int format = Integer.parseInt(line.group(2));
        if (format > FORMAT_GENERATION) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    file + " has format " + format + "; this build reads up to " + FORMAT_GENERATION
                            + ": run the build that wrote it, or a newer one");
        }
        String third = line.group(3);
        int generation = third == null ? 0 : Integer.parseInt(third.strip());
        if ((format == FORMAT_GENERATION) != (generation > 0)) {
            throw damaged(file, text);
        }
        return new LogMarker(line.group(1), generation);
    }

    private static LogException damaged(Path file, @Nullable String text) {
        return new LogException(
                Kind.DAMAGED,
                file + " is damaged at offset 0: expected one line 'coord-log BACKEND FORMAT'"
                        + (text == null ? "" : ", found '" + text.strip() + "'")
                        + "; write the line anew if you know the backend");
    }

    private String line() {
        String plain = "coord-log " + backend + " ";
        return generation == 0 ? plain + FORMAT_PLAIN + "\n" : plain + FORMAT_GENERATION + " " + generation + "\n";
    }

    /** Written beside and renamed, synced with its directory: after a crash it is there whole or not at all. */
    void write(Path directory) throws IOException {
        writeBeside(directory);
        publish(directory);
    }

    /** The first half of {@link #write}: nothing has changed yet. */
    void writeBeside(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(
                directory.resolve(FILE_BESIDE),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(line().getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    /** The second half: the one moment at which the directory changes hands. When it fails, either marker may hold. */
    static void publish(Path directory) throws IOException {
        Files.move(directory.resolve(FILE_BESIDE), directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(directory);
    }

    /** Makes names in a directory survive a crash. */
    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
