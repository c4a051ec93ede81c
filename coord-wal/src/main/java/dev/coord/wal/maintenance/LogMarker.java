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
 * The file that says which backend a directory belongs to: one line of text, {@code coord-log BACKEND FORMAT}, so that
 * it can be read without any tool.
 *
 * @param backend name of the backend
 * @param format version of the directory's layout
 */
record LogMarker(String backend, int format) {

    static final String FILE = "BACKEND";
    static final String FILE_BESIDE = FILE + ".tmp";
    static final int FORMAT = 1;

    private static final Pattern LINE = Pattern.compile("coord-log ([a-z]{1,32}) ([0-9]{1,9})\n");
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
        Matcher line = LINE.matcher(text);
        if (!line.matches()) {
            throw damaged(file, text);
        }
        LogMarker marker = new LogMarker(line.group(1), Integer.parseInt(line.group(2)));
        if (marker.format > FORMAT) {
            throw new LogException(
                    Kind.NEWER_FORMAT,
                    file + " has format " + marker.format + "; this build reads up to " + FORMAT
                            + ": run the build that wrote it, or a newer one");
        }
        return Optional.of(marker);
    }

    private static LogException damaged(Path file, @Nullable String text) {
        return new LogException(
                Kind.DAMAGED,
                file + " is damaged at offset 0: expected one line 'coord-log BACKEND FORMAT'"
                        + (text == null ? "" : ", found '" + text.strip() + "'")
                        + "; write the line anew if you know the backend");
    }

    /** Written beside and renamed, synced with its directory: after a crash it is there whole or not at all. */
    void write(Path directory) throws IOException {
        Path beside = directory.resolve(FILE_BESIDE);
        byte[] line = ("coord-log " + backend + " " + format + "\n").getBytes(StandardCharsets.ISO_8859_1);
        try (FileChannel channel = FileChannel.open(
                beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(beside, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
