package dev.coord.wal;

/** Is told what a {@link LogReader} finds, on the thread that reads. */
public interface LogVisitor {

    /**
     * An entry that matches its checksum. Its bytes are the visitor's to keep.
     *
     * @param file name of the file that it lies in, within the log's directory
     * @param offset where in the file its bytes begin
     */
    void entry(LogEntry entry, String file, long offset);

    /** Something that is not as it was written. In index order among the entries, where it concerns any. */
    void damage(LogDamage damage);

    /** Bytes read so far, of about so many. */
    default void progress(long bytes, long bytesTotal) {}
}
