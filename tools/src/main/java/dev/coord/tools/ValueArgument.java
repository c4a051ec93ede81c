package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A value given as text, as {@code @FILE}, or as {@code -} for standard input. */
final class ValueArgument {

    /** The largest value of a key. */
    private static final int BYTES_MAX = 512 * 1024;

    private ValueArgument() {}

    static ByteString read(String argument) {
        return read(argument, BYTES_MAX);
    }

    /** @param bytesMax what the servers accept; read no further */
    static ByteString read(String argument, int bytesMax) {
        try {
            if (argument.equals("-")) {
                return checked("standard input", System.in.readNBytes(bytesMax + 1), bytesMax);
            }
            if (argument.startsWith("@")) {
                try (var in = Files.newInputStream(Path.of(argument.substring(1)))) {
                    return checked(argument.substring(1), in.readNBytes(bytesMax + 1), bytesMax);
                }
            }
            return ByteString.copyFromUtf8(argument);
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, "the value can't be read: " + e, e);
        }
    }

    private static ByteString checked(String source, byte[] bytes, int bytesMax) {
        if (bytes.length > bytesMax) {
            throw new StartupException(
                    ExitCode.FAILED, source + " is larger than a value may be: " + bytesMax + " bytes");
        }
        return ByteString.copyFrom(bytes);
    }
}
