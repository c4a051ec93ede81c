package dev.coord.server.space;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused on a low disk, and when that begins and ends. */
class DiskSpaceTest {

    private static final long LIMIT = 1_000_000;
    private static final int BALLAST = 300_000;
    private static final Command PUT = new Command.KvPut("a", ByteString.copyFromUtf8("1"), 0, null, null, null);

    @TempDir
    private Path directory;

    private long free = 10_000_000;

    private DiskSpace space(int ballastBytes) {
        return new DiskSpace(
                directory,
                new SpaceSettings(LIMIT, ballastBytes),
                () -> new DiskSpace.Room(free, 20_000_000),
                InstantSource.system());
    }

    @Test
    void puts_are_refused_below_the_limit_with_both_figures_and_deletes_are_not() {
        try (DiskSpace space = space(0)) {
            space.look();
            assertThat(space.refusal(PUT)).isNull();

            free = LIMIT - 1;
            space.look();

            assertThat(space.refusal(PUT))
                    .as("what is free, and what must be before the next put is taken")
                    .contains(free + " bytes free", "before " + LIMIT / 4 * 5 + " are");
            assertThat(space.refusal(new Command.KvDelete("a", null))).isNull();
            assertThat(space.refusal(new Command.KvDeleteTree("a"))).isNull();
            assertThat(space.refusal(new Command.DestroySession("s"))).isNull();
            assertThat(space.refusal(new Command.UpdateCheck("n", "c", CheckStatus.PASSING, "")))
                    .isNull();
            assertThat(space.refusal(new Command.KvPut("a", ByteString.EMPTY, 0, null, null, "session")))
                    .as("a lock is let go")
                    .isNull();
            assertThat(space.status().refused()).isEqualTo(1);
            assertThat(space.status().lowSinceMillis()).isPositive();
        }
    }

    @Test
    void it_ends_by_itself_once_there_is_a_quarter_more_than_the_limit() {
        try (DiskSpace space = space(0)) {
            free = LIMIT - 1;
            space.look();
            free = LIMIT + 1;
            space.look();
            assertThat(space.refusal(PUT)).as("it must not come and go").isNotNull();

            free = LIMIT + LIMIT / 4;
            space.look();
            assertThat(space.refusal(PUT)).isNull();
            assertThat(space.status().timesLow()).isEqualTo(1);
        }
    }

    @Test
    void the_ballast_is_given_up_does_not_count_as_room_and_is_written_again() throws IOException {
        Path ballast = directory.resolve(DiskSpace.BALLAST);
        try (DiskSpace space = space(BALLAST)) {
            space.look();
            assertThat(Files.size(ballast)).isEqualTo(BALLAST);

            free = LIMIT - 1;
            space.look();
            assertThat(ballast).doesNotExist();
            free = LIMIT + LIMIT / 4 + BALLAST - 1;
            space.look();
            assertThat(space.refusal(PUT)).as("only the ballast's room").isNotNull();

            free = 10_000_000;
            space.look();
            assertThat(space.refusal(PUT)).isNull();
            assertThat(Files.size(ballast)).isEqualTo(BALLAST);
        }
    }

    @Test
    void a_disk_that_cannot_be_looked_at_changes_nothing() {
        try (DiskSpace space = new DiskSpace(
                directory,
                new SpaceSettings(LIMIT, 0),
                () -> {
                    throw new IOException("gone");
                },
                InstantSource.system())) {
            space.look();
            assertThat(space.refusal(PUT)).isNull();
            assertThat(space.status().error()).contains("gone");
        }
    }
}
