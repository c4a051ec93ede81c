package dev.coord.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.command.CommandLimits;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Outputs are kept to 4 kB. */
class CheckOutputTest {

    @Test
    void anOutputOfJustTheLimitStaysAsItIs() {
        String output = "x".repeat(CommandLimits.CHECK_OUTPUT_BYTES_MAX);

        assertThat(CheckOutput.limited(output)).isEqualTo(output);
    }

    @Test
    void aLongerOneIsCutAndSaysSo() {
        assertThat(CheckOutput.limited("x".repeat(5_000)))
                .startsWith("xxx")
                .endsWith(" ... (captured 4096 of 5000 bytes)")
                .hasSize(CommandLimits.CHECK_OUTPUT_BYTES_MAX);
    }

    @Test
    void theCutNeverSplitsACharacter() {
        for (int shift = 0; shift < 4; shift++) {
            String cut = CheckOutput.limited("x".repeat(shift) + "\ud83d\ude80".repeat(2_000));

            assertThat(cut.getBytes(StandardCharsets.UTF_8).length)
                    .isLessThanOrEqualTo(CommandLimits.CHECK_OUTPUT_BYTES_MAX);
            assertThat(cut).doesNotContain("\ufffd");
        }
    }
}
