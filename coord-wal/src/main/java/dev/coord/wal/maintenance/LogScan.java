package dev.coord.wal.maintenance;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogVisitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A log on disk that is read from front to back, whole or damaged: every entry that can be had, before a damage and after
 * it, and every damage with file, offset and the indexes that it takes away. Never writes; no server can open the log
 * meanwhile. May be read several times. For one thread.
 */
public final class LogScan implements AutoCloseable {

    private final LogLocation location;
    private final ReadHold hold;

    private LogScan(LogLocation location, ReadHold hold) {
        this.location = location;
        this.hold = hold;
    }

    /**
     * Opens the log of a server's data directory or of a log's directory.
     *
     * @throws LogException {@link Kind#LOCKED} if a live server has it; {@link Kind#IO} if there is none
     */
    public static LogScan open(Path directory) {
        LogLocation location = LogLocation.find(directory);
        return new LogScan(location, ReadHold.of(location));
    }

    public LogLocation location() {
        return location;
    }

    /**
     * Reads the whole log.
     *
     * @throws LogException {@link Kind#NEWER_FORMAT} or, if a file can't be read, {@link Kind#IO}
     */
    public LogLayout read(LogVisitor visitor) {
        String marker = location.markerDamage();
        if (marker != null) {
            visitor.damage(LogDamage.ofBookkeeping(
                    LogMarker.FILE, 0, marker + "; by the files it is a log of backend '" + location.backend() + "'"));
        }
        try {
            return location.reader().read(visitor);
        } catch (IOException e) {
            throw unreadable(e);
        } catch (UncheckedIOException e) {
            throw unreadable(e.getCause());
        }
    }

    private LogException unreadable(IOException e) {
        return new LogException(Kind.IO, "can't read the log in " + location.files() + ": " + e, e);
    }

    /** Lets servers open the log again. */
    @Override
    public void close() {
        hold.close();
    }
}
