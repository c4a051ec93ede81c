package dev.coord.wal.segment;

/**
 * A run of entries in one file.
 *
 * @param file number of the file
 * @param generation the manifest that began this extent: the part of the salt that is its own
 * @param start offset of the extent's header
 * @param end offset past its last entry; {@link #OPEN} while it is being appended to
 * @param base index of its first entry
 * @param next index past its last entry; equal to {@code base} while it is open, for then nobody has counted yet
 */
record Extent(int file, int generation, int start, int end, long base, long next) {

    static final int OPEN = 0;

    boolean isOpen() {
        return end == OPEN;
    }

    Extent endingAt(int newEnd, long newNext) {
        return new Extent(file, generation, start, newEnd, base, newNext);
    }

    int firstFrame() {
        return start + FrameCodec.EXTENT_HEADER_BYTES;
    }

    /** The 32 low bits differ between any two extents of a log, the high ones between logs. */
    long salt(int logId) {
        return ((long) logId << 32) | (generation & 0xffffffffL);
    }
}
