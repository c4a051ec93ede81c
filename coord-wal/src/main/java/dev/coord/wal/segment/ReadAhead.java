package dev.coord.wal.segment;

import dev.coord.wal.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What was read last, so that readers who go from entry to entry need one call of the system for many. A reader who goes
 * on where a window ends gets one twice as large, up to {@value #BYTES_MAX} bytes; one who jumps gets {@value
 * #BYTES_AT_FIRST}. A larger frame is read whole. There are {@value #WINDOWS} windows, for as many readers at once; one more costs reads, no harm.
 *
 * <p>A window's bytes are never written again: entries are slices of them, and keep them alive.
 *
 * <p>Threads: any. Whoever loses a race reads again.
 */
final class ReadAhead {

    static final int WINDOWS = 4;
    static final int BYTES_AT_FIRST = 1 << 10;
    static final int BYTES_MAX = 256 << 10;

    /**
     * Bytes of a file.
     *
     * @param changes the range's count of changes before they were read: after a truncation they say nothing
     * @param next index that the log went up to then: what lies behind may have been half written
     */
    record Window(Segment segment, int changes, long next, int position, ByteBuffer bytes) {

        /** Where a position of the file is in the bytes. */
        int at(int filePosition) {
            return filePosition - position;
        }

        int end() {
            return position + bytes.limit();
        }

        boolean holds(int filePosition, int length) {
            return filePosition >= position && filePosition + length <= end();
        }

        private boolean isOf(Segment other, int otherChanges) {
            return segment == other && changes == otherChanges;
        }
    }

    private final AtomicReferenceArray<@Nullable Window> windows = new AtomicReferenceArray<>(WINDOWS);
    private final AtomicInteger oldest = new AtomicInteger();

    /** A window that has a frame's header; null if there is none. */
    @Nullable
    Window find(Segment segment, int changes, long index, int position) {
        for (int i = 0; i < WINDOWS; i++) {
            Window window = windows.get(i);
            if (window != null
                    && window.isOf(segment, changes)
                    && index < window.next
                    && window.holds(position, FrameCodec.HEADER_BYTES)) {
                return window;
            }
        }
        return null;
    }

    /** Reads at least so many bytes from a position on, where the file has them, and keeps them. */
    Window load(Segment segment, DiskFile file, int changes, long next, int position, int atLeast) throws IOException {
        int slot = -1;
        int wanted = BYTES_AT_FIRST;
        for (int i = 0; i < WINDOWS && slot < 0; i++) {
            Window before = windows.get(i);
            if (before != null
                    && before.isOf(segment, changes)
                    && position >= before.position
                    && position <= before.end()) {
                slot = i;
                wanted = Math.min(BYTES_MAX, 2 * before.bytes.limit());
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.max(wanted, atLeast)).order(ByteOrder.LITTLE_ENDIAN);
        file.read(bytes, position);
        Window window = new Window(segment, changes, next, position, bytes.flip());
        windows.set(slot >= 0 ? slot : Math.floorMod(oldest.getAndIncrement(), WINDOWS), window);
        return window;
    }

    void clear() {
        for (int i = 0; i < WINDOWS; i++) {
            windows.set(i, null);
        }
    }
}
