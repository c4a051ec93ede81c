package dev.coord.server.lease;

import dev.coord.server.command.CommandLimits;
import java.nio.charset.StandardCharsets;

/** The words of a check's output. */
public final class CheckOutput {

    /** The longest that is kept, bytes. */
    public static final int BYTES_MAX = CommandLimits.CHECK_OUTPUT_BYTES_MAX;

    private CheckOutput() {}

    /** The output, cut to {@link CommandLimits#CHECK_OUTPUT_BYTES_MAX} bytes of UTF-8; one that was cut says so at its end. */
    public static String limited(String output) {
        int max = CommandLimits.CHECK_OUTPUT_BYTES_MAX;
        if (output.length() <= max / 3) {
            return output;
        }
        byte[] bytes = output.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= max) {
            return output;
        }
        String note = " ... (captured " + max + " of " + bytes.length + " bytes)";
        int end = max - note.length();
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8) + note;
    }

    /** What a TTL check says when nobody has reported for a whole TTL. */
    public static String expired(String lastOutput) {
        return limited(
                lastOutput.isEmpty()
                        ? "TTL expired"
                        : "TTL expired (last output before timeout follows): " + lastOutput);
    }
}
