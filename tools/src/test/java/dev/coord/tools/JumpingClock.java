package dev.coord.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The wall clock of a process that was started with {@link #environment}, by libfaketime (Debian's package {@code faketime}). What is
 * measured by the monotonic clock goes on as it was, as on a machine whose clock is set. A jump is seen within a second. One thread.
 */
final class JumpingClock {

    private static final Optional<Path> LIBRARY = Stream.of(
                    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
                    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
                    "/usr/lib/faketime/libfaketimeMT.so.1",
                    "/usr/lib64/faketime/libfaketimeMT.so.1")
            .map(Path::of)
            .filter(Files::exists)
            .findFirst();

    private final Path file;

    JumpingClock(Path file) {
        this.file = file;
        set(0);
    }

    /** Whether the library is there. */
    static boolean isPossible() {
        return LIBRARY.isPresent();
    }

    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", LIBRARY.orElseThrow().toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                // Else it takes the JVM's waits, which are by the monotonic clock, for waits by the wall clock.
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    /** From the true time, in seconds; not from the last jump. */
    void set(long offsetSeconds) {
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.writeString(next, (offsetSeconds < 0 ? "" : "+") + offsetSeconds + "\n");
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
