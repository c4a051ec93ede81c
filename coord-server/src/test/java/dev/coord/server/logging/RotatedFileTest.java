package dev.coord.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is put aside, and what is kept. By size: see AuditLogTest. */
class RotatedFileTest {

    @TempDir
    private Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

    private RotatedFile open(Rotation rotation) throws IOException {
        return new RotatedFile(directory.resolve("coord.log"), rotation, now::get);
    }

    private List<String> contents() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().map(RotatedFileTest::read).toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file + " can't be read", e);
        }
    }

    @Test
    void an_old_file_is_put_aside_with_the_next_line() throws IOException {
        try (RotatedFile file = open(new Rotation(Long.MAX_VALUE, Duration.ofHours(24), 5))) {
            file.append("one\n");
            now.set(Instant.EPOCH.plus(Duration.ofHours(23)));
            file.append("two\n");
            now.set(Instant.EPOCH.plus(Duration.ofHours(24)));
            file.append("three\n");
        }
        assertThat(contents()).containsExactlyInAnyOrder("one\ntwo\n", "three\n");
    }

    @Test
    void nothing_is_kept_where_nothing_is_to_be_kept() throws IOException {
        try (RotatedFile file = open(new Rotation(4, Rotation.NEVER, 0))) {
            file.append("one\n");
            file.append("two\n");
        }
        assertThat(contents()).containsExactly("two\n");
    }

    @Test
    void what_was_there_before_stays() throws IOException {
        Files.writeString(directory.resolve("coord.log"), "before\n");
        try (RotatedFile file = open(new Rotation(Long.MAX_VALUE, Rotation.NEVER, 0))) {
            file.append("after\n");
        }
        assertThat(contents()).containsExactly("before\nafter\n");
    }
}
