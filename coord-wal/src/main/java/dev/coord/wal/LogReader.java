package dev.coord.wal;

import java.io.IOException;

/**
 * Reads the files of a log as they lie on disk, whole, damaged or cut, with the backend's own knowledge of their format
 * but without opening the log: it never writes, makes or locks a file, and maps none, so that damage can't end the
 * process.
 *
 * <p>Nobody may write to the directory meanwhile: who calls this holds it, see {@code maintenance}. For one thread.
 */
public interface LogReader {

    /**
     * Reads all of the log once, from the oldest entry to the newest.
     *
     * @param visitor is given every entry within the log's range that is whole, in index order and each once; every
     *     damage; and how far the reading has come. What it throws ends the reading.
     * @return what the directory was found to hold
     * @throws LogException {@link LogException.Kind#NEWER_FORMAT} if a newer build wrote it
     * @throws IOException if a file can't be read; damage is none of this
     */
    LogLayout read(LogVisitor visitor) throws IOException;
}
