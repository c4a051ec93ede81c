package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.raft.VoteFile.Vote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The vote on disk: what breaks off, what becomes unreadable, what older and newer builds wrote. */
class VoteFileTest {

    /** Term 7, for 127.0.0.1:8300, as the first build wrote it. */
    private static final String FORMAT_1 =
            "43564f54" + "01" + "0000000000000007" + "000e" + "3132372e302e302e313a38333030";

    private static final String FORMAT_1_SUM = "d8981242";

    private static final Vote FIRST = new Vote(7, "127.0.0.1:8300");
    private static final Vote SECOND = new Vote(8, "127.0.0.1:8310");

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void name() {
        path = directory.resolve("vote");
    }

    private VoteFile open() {
        return new VoteFile(new DurableFile(path));
    }

    private Vote read() throws IOException {
        return open().read().orElseThrow();
    }

    /** Spoils a byte of one of the two places. */
    private void spoil(int at) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        bytes[at] ^= 1;
        Files.write(path, bytes);
    }

    @Test
    void the_last_vote_is_there_after_a_start() throws IOException {
        assertThat(open().read()).isEmpty();
        VoteFile file = open();
        file.write(FIRST);
        file.write(SECOND);
        assertThat(read()).isEqualTo(SECOND);
        VoteFile again = open();
        assertThat(again.read()).hasValue(SECOND);
        again.write(new Vote(9, ""));
        assertThat(read()).isEqualTo(new Vote(9, ""));
    }

    @Test
    void a_vote_takes_no_room_that_was_not_there_before() throws IOException {
        VoteFile file = open();
        file.layOut(FIRST);
        long bytes = Files.size(path);
        Object inode = Files.getAttribute(path, "unix:ino");
        file.write(SECOND);
        assertThat(Files.size(path)).isEqualTo(bytes);
        assertThat(Files.getAttribute(path, "unix:ino"))
                .as("the very same file")
                .isEqualTo(inode);
        assertThat(directory.toFile().list()).containsExactly("vote");
    }

    @Test
    void a_write_that_broke_off_leaves_the_vote_before_it() throws IOException {
        VoteFile file = open();
        file.write(FIRST);
        byte[] before = Files.readAllBytes(path);
        file.write(SECOND);
        byte[] after = Files.readAllBytes(path);
        for (int written = 0; written < 64; written++) {
            byte[] torn = before.clone();
            System.arraycopy(after, 0, torn, 0, written);
            Files.write(path, torn);
            assertThat(read()).isIn(FIRST, SECOND);
        }
        byte[] firstPlaceAlone = before.clone();
        System.arraycopy(after, 0, firstPlaceAlone, 0, after.length / 2);
        Files.write(path, firstPlaceAlone);
        assertThat(read()).isEqualTo(SECOND);
    }

    @Test
    void what_has_become_unreadable_in_one_place_is_in_the_other() throws IOException {
        for (int at : new int[] {0, 8, 20, 30, 4_096, 4_106, 4_130}) {
            Files.deleteIfExists(path);
            VoteFile file = open();
            file.write(FIRST);
            file.write(SECOND);
            spoil(at);
            assertThat(read()).as("byte %d", at).isEqualTo(SECOND);
        }
    }

    @Test
    void a_file_with_no_whole_record_is_refused() throws IOException {
        open().write(FIRST);
        spoil(10);
        spoil(4_106);
        assertThatThrownBy(this::read)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("its checksum does not match");
        Files.writeString(path, "something else");
        assertThatThrownBy(this::read).hasMessageContaining("it is no vote file");
    }

    @Test
    void a_file_of_the_first_build_is_read_and_laid_out_anew() throws IOException {
        byte[] old = HexFormat.of().parseHex(FORMAT_1 + FORMAT_1_SUM);
        Files.write(path, old);
        VoteFile file = open();
        assertThat(file.read()).hasValue(FIRST);
        assertThat(Files.readAllBytes(path)).as("to read changes nothing").isEqualTo(old);
        file.layOut(FIRST);
        assertThat(Files.size(path)).isEqualTo(8_192);
        assertThat(read()).isEqualTo(FIRST);

        Files.write(path, Arrays.copyOf(old, old.length - 1));
        assertThatThrownBy(this::read).hasMessageContaining("damaged");
    }

    @Test
    void a_newer_format_is_refused_by_name() throws IOException {
        open().write(FIRST);
        byte[] bytes = Files.readAllBytes(path);
        bytes[4] = 3;
        bytes[4_100] = 3;
        Files.write(path, bytes);
        assertThatThrownBy(this::read).hasMessageContaining("has format 3, this build knows 2: start a newer build");
    }
}
