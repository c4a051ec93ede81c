package dev.coord.wal.maintenance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogGenerations.Beside;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogGenerationsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"mapdb,segment", "segment,lmdb", "lmdb,mapdb", "mapdb,mapdb", "lmdb,lmdb", "segment,segment"})
    void oneThatWasPublishedIsTheLogAndNothingOfTheOtherIsLeft(String before, String after) throws IOException {
        appendTo("old", before);
        try (LogGenerations held = LogGenerations.open(directory, before)) {
            buildBeside(held, after, "new");
            Beside beside = lastBuilt;
            beside.prepare();
            beside.publish();
            held.deleteOthers();
            assertThat(held.backend()).isEqualTo(after);
            assertThat(held.files()).isEqualTo(beside.files());
        }
        assertThat(LogDirectory.backendOf(directory)).contains(after);
        assertThat(LogDirectory.filesOf(directory)).isEqualTo(lastBuilt.files());
        assertThat(content(after)).isEqualTo("new");
        assertThat(names())
                .containsExactlyInAnyOrder(
                        "BACKEND", "LOCK", lastBuilt.files().getFileName().toString());
    }

    @Test
    void oneThatWasNotPublishedIsGoneAfterACrash() throws IOException {
        appendTo("old", "segment");
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            buildBeside(held, "lmdb", "new");
            lastBuilt.prepare();
        }
        assertThat(content("segment")).isEqualTo("old");
        assertThat(names()).noneMatch(name -> name.startsWith("generation"));
    }

    @Test
    void oneThatWasPublishedIsTheLogAlsoWhenTheCrashCameBeforeTheOtherWasDeleted() throws IOException {
        appendTo("old", "segment");
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            buildBeside(held, "segment", "new");
            lastBuilt.prepare();
            lastBuilt.publish();
        }
        assertThat(names()).contains("MANIFEST");
        assertThat(content("segment")).isEqualTo("new");
        assertThat(names()).doesNotContain("MANIFEST");
    }

    @Test
    void generationsFollowOneAnother() throws IOException {
        appendTo("0", "mapdb");
        for (int i = 1; i <= 3; i++) {
            try (LogGenerations held = LogGenerations.open(directory, "mapdb")) {
                buildBeside(held, "mapdb", "" + i);
                lastBuilt.prepare();
                lastBuilt.publish();
                assertThat(held.files()).isEqualTo(directory.resolve("generation-" + i));
            }
            assertThat(content("mapdb")).isEqualTo("" + i);
        }
    }

    @Test
    void filesThatNoBackendWroteAreLeftAlone() throws IOException {
        appendTo("old", "segment");
        Files.writeString(directory.resolve("notes.txt"), "mine");
        Files.createDirectory(directory.resolve("generation-old"));
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            buildBeside(held, "segment", "new");
            lastBuilt.prepare();
            lastBuilt.publish();
            held.deleteOthers();
        }
        assertThat(names()).contains("notes.txt", "generation-old");
    }

    @Test
    void whoseADirectoryIsDecidesOverTheWish() {
        appendTo("old", "lmdb");
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            assertThat(held.backend()).isEqualTo("lmdb");
        }
    }

    @Test
    void theDirectoryIsHeld() {
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            assertThat(held.backend()).isEqualTo("segment");
            assertThatThrownBy(() -> LogDirectory.open(directory, "segment", LogOptions.DEFAULT))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("held by a live process");
        }
    }

    @Test
    void nothingIsBuiltBesideALogInMemory() {
        try (LogGenerations held = LogGenerations.open(directory, "memory")) {
            assertThatThrownBy(() -> held.begin("segment")).hasMessageContaining("in memory");
        }
        try (LogGenerations held = LogGenerations.open(directory, "segment")) {
            assertThatThrownBy(() -> held.begin("memory")).hasMessageContaining("in memory");
        }
    }

    private Beside lastBuilt;

    private void buildBeside(LogGenerations held, String backend, String text) {
        lastBuilt = held.begin(backend);
        try (LogStore store = lastBuilt.openLog(LogOptions.DEFAULT)) {
            append(store, text);
        }
    }

    private void appendTo(String text, String backend) {
        try (LogStore store = LogDirectory.open(directory, backend, LogOptions.DEFAULT)) {
            append(store, text);
        }
    }

    private static void append(LogStore store, String text) {
        store.append(List.of(new LogEntry(1, 1, ByteBuffer.wrap(text.getBytes(UTF_8)))));
    }

    private String content(String backend) {
        try (LogStore store = LogDirectory.open(directory, backend, LogOptions.DEFAULT)) {
            return UTF_8.decode(store.read(1).data().duplicate()).toString();
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }
}
