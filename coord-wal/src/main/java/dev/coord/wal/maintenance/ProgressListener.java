package dev.coord.wal.maintenance;

/** Is told how far a piece of work has come, on the thread that does it: often, so it must be quick. */
@FunctionalInterface
public interface ProgressListener {

    /** For who does not want to know. */
    ProgressListener NONE = (phase, done, total) -> {};

    /**
     * Some has been done.
     *
     * @param phase what is being done, in a word or two
     * @param done units of work done in this phase: bytes, entries or pages, whatever the backend counts
     * @param total about how many there are in all
     */
    void progress(String phase, long done, long total);
}
