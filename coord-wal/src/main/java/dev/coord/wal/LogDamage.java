package dev.coord.wal;

/**
 * Something in a log's files that is not as it was written.
 *
 * @param file name of the file, within the log's directory
 * @param offset where in the file it begins
 * @param firstIndex the first entry that it takes away
 * @param nextIndex one past the last entry that it takes away; equal to {@code firstIndex} if it takes none, for instance
 *     because it lies in bookkeeping that can be done without
 * @param what what is wrong there, in words
 */
public record LogDamage(String file, long offset, long firstIndex, long nextIndex, String what) {

    /**
     * What to do about a damaged log; the end of a message. The log alone is not to be put aside: a server with the snapshot but
     * without the log after it has forgotten what it acknowledged.
     */
    public static final String ADVICE =
            "; if other servers have the data, let this one join them anew with an empty data"
                    + " directory; 'coord recover inspect' tells what can be had of this one";

    /** Damage that takes no entry away. */
    public static LogDamage ofBookkeeping(String file, long offset, String what) {
        return new LogDamage(file, offset, 0, 0, what);
    }

    /** Number of entries that it takes away. */
    public long entries() {
        return nextIndex - firstIndex;
    }

    @Override
    public String toString() {
        String where = file + " at offset " + offset + ": ";
        if (entries() == 0) {
            return where + what;
        }
        return where + (entries() == 1 ? "entry " + firstIndex : "entries " + firstIndex + " to " + (nextIndex - 1))
                + ": " + what;
    }
}
