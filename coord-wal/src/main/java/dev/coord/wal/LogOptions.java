package dev.coord.wal;

/**
 * How a log is to be kept. The same for every backend; what does not apply to one is ignored by it.
 *
 * @param segmentBytes size of a file of the {@code segment} backend, bytes: at least {@value #SEGMENT_BYTES_MIN}, at
 *     most {@value #SEGMENT_BYTES_MAX}. May change from one opening to the next.
 * @param entryBytesMax the largest entry accepted, bytes of data: at least 1, at most {@value #ENTRY_BYTES_LIMIT}
 */
public record LogOptions(int segmentBytes, int entryBytesMax) {

    public static final int SEGMENT_BYTES_MIN = 4 << 10;
    public static final int SEGMENT_BYTES_MAX = 1 << 30;
    public static final int ENTRY_BYTES_LIMIT = 64 << 20;

    /** Segments of 64 MiB, entries of up to 8 MiB. */
    public static final LogOptions DEFAULT = new LogOptions(64 << 20, 8 << 20);

    public LogOptions {
        if (segmentBytes < SEGMENT_BYTES_MIN || segmentBytes > SEGMENT_BYTES_MAX) {
            throw new IllegalArgumentException("segmentBytes " + segmentBytes + " is not between " + SEGMENT_BYTES_MIN
                    + " and " + SEGMENT_BYTES_MAX);
        }
        if (entryBytesMax < 1 || entryBytesMax > ENTRY_BYTES_LIMIT) {
            throw new IllegalArgumentException(
                    "entryBytesMax " + entryBytesMax + " is not between 1 and " + ENTRY_BYTES_LIMIT);
        }
    }

    public LogOptions withSegmentBytes(int bytes) {
        return new LogOptions(bytes, entryBytesMax);
    }

    public LogOptions withEntryBytesMax(int bytes) {
        return new LogOptions(segmentBytes, bytes);
    }
}
