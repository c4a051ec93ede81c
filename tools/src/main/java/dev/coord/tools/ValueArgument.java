package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A value given as text, as {@code @FILE}, or as {@code -} for standard input. */
final class ValueArgument {

    /** What the servers accept; read no further. */
    private static final int BYTES_MAX = 512 * 1024;

    private ValueArgument() {}

    static ByteString read(String argument) {
        try {
            if (argument.equals("-")) {
                return checked("standard input", System.in.readNBytes(BYTES_MAX + 1));
            }
            if (argument.startsWith("@")) {
                try (var in = Files.newInputStream(Path.of(argument.substring(1)))) {
                    return checked(argument.substring(1), in.readNBytes(BYTES_MAX + 1));
                }
            }
            return ByteString.copyFromUtf8(argument);
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, "the value can't be read: " + e, e);
        }
    }

    private static ByteString checked(String source, byte[] bytes) {
        if (bytes.length > BYTES_MAX) {
            throw new StartupException(
                    ExitCode.FAILED, source + " is larger than a value may be: " + BYTES_MAX + " bytes");
        }
        return ByteString.copyFrom(bytes);
    }
}
