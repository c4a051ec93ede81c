package dev.coord.server.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** A state goes out and comes back the same, or not at all. */
class SnapshotCodecTest {

    private static final String GOLDEN = "snapshot-format-1.bin";

    private final State everything = SampleState.everything();

    @Test
    void everythingComesBack() throws IOException {
        State back = read(write(everything));
        assertThat(back).isEqualTo(everything);
        assertThat(back.instances("web")).isEqualTo(everything.instances("web"));
        assertThat(back.serviceIndex("gone")).isEqualTo(everything.serviceIndex("gone"));
        assertThat(back.kvIndex("dead/1")).isEqualTo(everything.kvIndex("dead/1"));
        assertThat(back.lockDelayUntilMillis("closed")).isEqualTo(everything.lockDelayUntilMillis("closed"));
    }

    @Test
    void theEmptyStateComesBack() throws IOException {
        assertThat(read(write(State.empty()))).isEqualTo(State.empty());
    }

    @Test
    void equalStatesGiveEqualBytes() throws IOException {
        assertThat(write(read(write(everything)))).isEqualTo(write(everything));
    }

    @Test
    void theGoldenFileOfFormatOneIsReadByThisBuild() throws IOException {
        assertThat(read(golden())).isEqualTo(everything);
    }

    @Test
    void thisBuildStillWritesFormatOneByteForByte() throws IOException {
        assertThat(write(everything)).isEqualTo(golden());
    }

    @Test
    void aCutAnywhereIsRefused() throws IOException {
        byte[] whole = write(everything);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(SnapshotFormatException.class);
        }
    }

    @Test
    void aFlippedBitAnywhereIsRefused() throws IOException {
        byte[] whole = write(everything);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) (1 << (i % 8));
            assertThatThrownBy(() -> read(damaged))
                    .as("bit flipped in byte %d", i)
                    .isInstanceOf(SnapshotFormatException.class);
        }
    }

    @Test
    void bytesAfterTheEndAreRefused() throws IOException {
        byte[] whole = write(everything);
        byte[] more = Arrays.copyOf(whole, whole.length + 1);
        assertThatThrownBy(() -> read(more)).hasMessageContaining("goes on after its end");
    }

    @Test
    void damageIsReportedWithItsOffset() throws IOException {
        byte[] cut = Arrays.copyOf(write(everything), 100);
        assertThatThrownBy(() -> read(cut))
                .asInstanceOf(InstanceOfAssertFactories.type(SnapshotFormatException.class))
                .satisfies(damage -> assertThat(damage.offset()).isEqualTo(100))
                .satisfies(damage -> assertThat(damage).hasMessageStartingWith("snapshot, byte 100: "));
    }

    @Test
    void aNewerFormatIsRefusedByName() throws IOException {
        byte[] newer = write(everything);
        newer[11] = 2;
        assertThatThrownBy(() -> read(newer))
                .isInstanceOf(SnapshotFormatException.class)
                .hasMessageContaining("has format 2; this build reads up to format 1: a newer build wrote it");
    }

    @Test
    void somethingElseIsNotTakenForASnapshot() {
        byte[] other = "{\"Key\":\"a\",\"Value\":\"\"}".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> read(other)).hasMessageContaining("is no snapshot");
    }

    private static byte[] write(State state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotCodec.write(state, out);
        return out.toByteArray();
    }

    private static State read(byte[] bytes) throws IOException {
        return SnapshotCodec.read(new ByteArrayInputStream(bytes));
    }

    private static byte[] golden() throws IOException {
        try (InputStream in = Objects.requireNonNull(SnapshotCodecTest.class.getResourceAsStream(GOLDEN), GOLDEN)) {
            return in.readAllBytes();
        }
    }
}
