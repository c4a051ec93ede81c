package dev.coord.server.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.Command;
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

/** Snapshots by a schedule: what is written, what stays, what a crash leaves. */
class ScheduledArchivesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final LocalConsensus consensus = new LocalConsensus(() -> 1, null);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

    private ScheduledArchives archives(Duration interval, int keep, Duration ageMax, boolean leaderOnly) {
        return new ScheduledArchives(
                new ArchiveSchedule(interval, directory.resolve("backups"), keep, ageMax, leaderOnly),
                consensus,
                consensus,
                now::get);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("backups"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path takeAfter(ScheduledArchives archives, Duration pause) {
        now.updateAndGet(before -> before.plus(pause));
        return archives.take().join();
    }

    @Test
    void the_newest_stay_by_number_and_age_and_foreign_files_are_left_alone() throws IOException {
        try (ScheduledArchives archives = archives(Duration.ZERO, 3, Duration.ofHours(10), false)) {
            Files.createDirectories(directory.resolve("backups"));
            Files.writeString(directory.resolve("backups/mine.snap"), "mine");
            for (int i = 0; i < 5; i++) {
                takeAfter(archives, Duration.ofHours(1));
            }
            assertThat(names()).hasSize(4).contains("mine.snap");

            Path last = takeAfter(archives, Duration.ofHours(20));

            assertThat(names())
                    .as("all others are too old")
                    .containsExactly(last.getFileName().toString(), "mine.snap");
            assertThat(archives.status().kept()).isEqualTo(1);
            assertThat(archives.status().taken()).isEqualTo(6);
        }
    }

    @Test
    void a_file_can_be_restored_and_says_its_revision() throws IOException {
        consensus
                .execute(new Command.KvPut("a", ByteString.copyFromUtf8("1"), 0, null, null, null))
                .join();
        try (ScheduledArchives archives = archives(Duration.ZERO, 1, Duration.ZERO, false)) {
            Path file = takeAfter(archives, Duration.ZERO);

            assertThat(SnapshotArchive.verify(file)).contains("\"Index\"");
            assertThat(archives.status().lastRevision())
                    .isEqualTo(consensus.latest().revision());
            assertThat(archives.status().lastBytes()).isEqualTo(Files.size(file));
        }
    }

    @Test
    void a_follower_takes_none_where_the_leader_does_and_halves_of_a_crash_go() throws IOException {
        consensus.setLeading(false);
        Files.createDirectories(directory.resolve("backups"));
        Files.writeString(directory.resolve("backups/coord-20250101T000000000Z-r7.snap.part"), "half");
        try (ScheduledArchives archives = archives(Duration.ofMillis(20), 5, Duration.ZERO, true)) {
            archives.start();
            await().atMost(PATIENCE).until(() -> names().isEmpty());
            consensus.setLeading(true);
            await().atMost(PATIENCE).until(() -> archives.status().taken() >= 1);
            assertThat(archives.status().lastError()).isEmpty();
        }
    }

    @Test
    void a_failure_is_told_and_leaves_no_file() throws IOException {
        Files.writeString(directory.resolve("backups"), "a file where the directory should be");
        try (ScheduledArchives archives = archives(Duration.ZERO, 1, Duration.ZERO, false)) {
            assertThatThrownBy(() -> archives.take().join()).hasCauseInstanceOf(IOException.class);
            assertThat(archives.status().failed()).isEqualTo(1);
            assertThat(archives.status().lastError()).isNotEmpty();
        }
    }
}
