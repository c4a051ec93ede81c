package dev.coord.server.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes what is logged to a file, too. Whoever logs waits for the operating system to take the line. While the file can't be
 * written (a full disk, say) its lines are left out; standard error has them.
 */
public final class LogFile extends AppenderBase<ILoggingEvent> {

    private final RotatedFile file;
    private final Encoder<ILoggingEvent> encoder;

    /** @param file closed by {@link #stop} */
    public LogFile(RotatedFile file, Encoder<ILoggingEvent> encoder) {
        this.file = file;
        this.encoder = encoder;
    }

    /** By one thread at a time, as its base promises. */
    @Override
    protected void append(ILoggingEvent event) {
        try {
            file.append(new String(encoder.encode(event), StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Logback keeps count of its own failures and says so a few times, not for each line.
            addError("a line of the log could not be written to its file", e);
        }
    }

    @Override
    public void stop() {
        super.stop();
        try {
            file.close();
        } catch (IOException e) {
            addError("the log's file could not be closed", e);
        }
    }
}
