package dev.coord.wal;

import java.util.List;

/**
 * What a log's directory was found to hold.
 *
 * @param firstIndex index of the oldest entry that the log has, or had before the damage
 * @param nextIndex one past the newest, likewise
 * @param files the backend's files, by name
 * @param freeBytes bytes within the files that hold nothing live and would be written again
 * @param freeListEntries entries of the free list; 0 where there is none
 * @param freeListBytes bytes that the free list takes; 0 where there is none
 * @param facts what else is worth knowing of this backend's files, for people
 */
public record LogLayout(
        long firstIndex,
        long nextIndex,
        List<LogFile> files,
        long freeBytes,
        long freeListEntries,
        long freeListBytes,
        List<Fact> facts) {

    /**
     * A file.
     *
     * @param name within the log's directory
     * @param bytes its size
     * @param what what it holds, in words
     */
    public record LogFile(String name, long bytes, String what) {}

    /** A figure of this backend's own. */
    public record Fact(String name, String value) {}

    public LogLayout {
        files = List.copyOf(files);
        facts = List.copyOf(facts);
    }

    /** Bytes of all files. */
    public long fileBytes() {
        return files.stream().mapToLong(LogFile::bytes).sum();
    }
}
