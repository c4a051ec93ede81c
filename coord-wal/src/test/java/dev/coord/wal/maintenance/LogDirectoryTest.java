package dev.coord.wal.maintenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractStringAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogDirectoryTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void aLogIsFoundAgainByTheNameOfItsBackend(String backend) {
        Path nested = directory.resolve("not/there/yet");
        try (LogStore log = LogDirectory.open(nested, backend, LogOptions.DEFAULT)) {
            log.append(List.of(new LogEntry(1, 5, ByteBuffer.wrap("x".getBytes(UTF_8)))));
        }
        assertThat(LogDirectory.backendOf(nested)).contains(backend);
        try (LogStore log = LogDirectory.open(nested, backend, LogOptions.DEFAULT)) {
            assertThat(log.nextIndex()).isEqualTo(2);
            assertThat(log.term(1)).isEqualTo(5);
        }
    }

    @Test
    void memoryLeavesNoMarkerBehind() {
        LogDirectory.open(directory, "memory", LogOptions.DEFAULT).close();
        assertThat(LogDirectory.backendOf(directory)).isEmpty();
        LogDirectory.open(directory, "segment", LogOptions.DEFAULT).close();
    }

    @Test
    void anUnknownBackendIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> LogDirectory.open(directory, "bolt", LogOptions.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bolt")
                .hasMessageContaining("segment, lmdb, mapdb, memory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lmdb", "mapdb", "memory"})
    void aDirectoryOfAnotherBackendIsRefusedNamingBoth(String other) {
        LogDirectory.open(directory, "segment", LogOptions.DEFAULT).close();
        assertRefused(() -> LogDirectory.open(directory, other, LogOptions.DEFAULT), Kind.OTHER_BACKEND)
                .contains("'segment'", "'" + other + "'", "migrate", directory.toString());
        LogDirectory.open(directory, "segment", LogOptions.DEFAULT).close();
    }

    @Test
    void aDirectoryThatIsHeldIsRefusedNamingThePath() {
        try (LogStore held = LogDirectory.open(directory, "segment", LogOptions.DEFAULT)) {
            assertRefused(() -> LogDirectory.open(directory, "segment", LogOptions.DEFAULT), Kind.LOCKED)
                    .contains(directory.toString());
            assertThat(held.isEmpty()).isTrue();
        }
        LogDirectory.open(directory, "segment", LogOptions.DEFAULT).close();
    }

    @Test
    void aNewerLayoutIsRefusedByName() throws IOException {
        Files.writeString(directory.resolve(LogMarker.FILE), "coord-log segment 3\n");
        assertRefused(() -> LogDirectory.open(directory, "segment", LogOptions.DEFAULT), Kind.NEWER_FORMAT)
                .contains(directory.resolve(LogMarker.FILE).toString(), "format 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "coord-log segment",
                "coord-log  1\n",
                "coord-log segment 1\n\n",
                "coord-log segment 2\n",
                "coord-log segment 1 7\n"
            })
    void aDamagedMarkerIsRefusedByName(String text) throws IOException {
        Files.writeString(directory.resolve(LogMarker.FILE), text);
        assertRefused(() -> LogDirectory.open(directory, "segment", LogOptions.DEFAULT), Kind.DAMAGED)
                .contains(directory.resolve(LogMarker.FILE).toString(), "offset 0");
    }

    @Test
    void aDirectoryWhoseMarkerIsLostDoesNotSeemEmpty() throws IOException {
        LogDirectory.open(directory, "segment", LogOptions.DEFAULT).close();
        Files.delete(directory.resolve(LogMarker.FILE));
        assertRefused(() -> LogDirectory.open(directory, "lmdb", LogOptions.DEFAULT), Kind.DAMAGED)
                .contains(LogMarker.FILE, "missing");
    }

    @Test
    void aPathThatIsAFileIsRefused() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertRefused(() -> LogDirectory.open(file, "segment", LogOptions.DEFAULT), Kind.IO)
                .contains(file.toString());
    }

    private static AbstractStringAssert<?> assertRefused(ThrowingCallable call, Kind kind) {
        LogException thrown = catchThrowableOfType(LogException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.kind()).isEqualTo(kind);
        return assertThat(thrown.getMessage());
    }
}
