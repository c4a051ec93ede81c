package dev.coord.wal.lmdb;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The engine's file read page by page, by plain reads: no damage in it can end the process, as a mapping could. Its layout
 * is LMDB's data format 1, in the machine's byte order.
 *
 * <pre>
 * page      number 8, padding 2, flags 2, lower 2, upper 2 (or, of an overflow page, number of pages 4); then 2 bytes for
 *           the offset of each node up to lower; nodes from upper on
 * node      size of data or, in a branch, low bits of the child's number 4; flags 2 (in a branch: its high bits); bytes
 *           of the key 2; key; data or, with the flag "big", the number of an overflow page 8
 * header    see MetaPages; pages 0 and 1
 * </pre>
 *
 * <p>For one thread.
 */
final class PageFile implements Closeable {

    static final int PAGE_HEADER_BYTES = 16;
    static final int NODE_HEADER_BYTES = 8;
    static final int KEY_BYTES = 8;
    static final long NO_PAGE = -1;

    private static final int BRANCH = 0x01;
    private static final int LEAF = 0x02;
    private static final int BIG = 0x01;
    private static final int MAGIC = 0xBEEFC0DE;
    private static final int DATA_FORMAT = 1;
    private static final int[] PAGE_SIZES = {4096, 16384, 65536, 8192, 32768};

    private final FileChannel channel;
    private final long size;
    private int pageSize = PAGE_SIZES[0];

    /**
     * A header page.
     *
     * @param freeRoot root of the free list's tree, {@link #NO_PAGE} if it is empty
     * @param mainRoot root of the entries' tree, likewise
     * @param mainEntries entries of that tree
     * @param lastPage the last page that was ever used
     */
    record Meta(int pageSize, long freeRoot, long mainRoot, long mainEntries, long lastPage, long transaction) {}

    PageFile(Path file) throws IOException {
        channel = FileChannel.open(file, StandardOpenOption.READ);
        size = channel.size();
    }

    long size() {
        return size;
    }

    int pageSize() {
        return pageSize;
    }

    /** Number of pages that the file has room for, the last one cut off or not. */
    long pages() {
        return (size + pageSize - 1) / pageSize;
    }

    long offset(long page) {
        return page * pageSize;
    }

    /** Finds out the page size. */
    @Nullable
    Meta firstMeta() throws IOException {
        Meta first = metaAt(0);
        if (first != null) {
            pageSize = first.pageSize;
        }
        return first;
    }

    /** The second header lies where the page size says; without the first it is looked for. */
    @Nullable
    Meta secondMeta(boolean sizeKnown) throws IOException {
        if (sizeKnown) {
            return metaAt(pageSize);
        }
        for (int candidate : PAGE_SIZES) {
            Meta second = metaAt(candidate);
            if (second != null && second.pageSize == candidate) {
                pageSize = candidate;
                return second;
            }
        }
        return null;
    }

    private @Nullable Meta metaAt(long offset) throws IOException {
        ByteBuffer page = read(offset, 152);
        if (page.limit() < 152 || page.getInt(16) != MAGIC || page.getInt(20) != DATA_FORMAT) {
            return null;
        }
        Meta meta = new Meta(
                page.getInt(40),
                page.getLong(80),
                page.getLong(128),
                page.getLong(120),
                page.getLong(136),
                page.getLong(144));
        boolean sound = Integer.bitCount(meta.pageSize) == 1
                && meta.pageSize >= 256
                && meta.lastPage >= 1
                && isRoot(meta.freeRoot, meta.lastPage)
                && isRoot(meta.mainRoot, meta.lastPage)
                && meta.mainEntries >= 0
                && meta.mainEntries <= (meta.lastPage + 1) * meta.pageSize / NODE_HEADER_BYTES;
        return sound ? meta : null;
    }

    private static boolean isRoot(long page, long lastPage) {
        return page == NO_PAGE || (page >= 2 && page <= lastPage);
    }

    /** The bytes from an offset on; fewer if the file ends before. */
    ByteBuffer read(long offset, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.max(0, Math.min(bytes, size - offset)))
                .order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.flip();
    }

    /** A page whose header is sound; null if it is not one or lies behind the end of the file. */
    @Nullable
    Page page(long number) throws IOException {
        ByteBuffer bytes = rawPage(number);
        if (bytes == null || bytes.getLong(0) != number) {
            return null;
        }
        int kind = bytes.getShort(10) & 0xffff;
        int lower = bytes.getShort(12) & 0xffff;
        int upper = bytes.getShort(14) & 0xffff;
        boolean sound = (kind == BRANCH || kind == LEAF)
                && lower >= PAGE_HEADER_BYTES
                && lower % 2 == 0
                && lower <= upper
                && upper <= pageSize;
        return sound ? new Page(number, bytes, kind == BRANCH, (lower - PAGE_HEADER_BYTES) / 2) : null;
    }

    /** Whatever is in the place of a page; null if the file ends before or within it. */
    @Nullable
    ByteBuffer rawPage(long number) throws IOException {
        ByteBuffer bytes = read(number * pageSize, pageSize);
        return bytes.limit() < pageSize ? null : bytes;
    }

    /** A branch or leaf page. What its nodes say is not checked but by who reads them. */
    record Page(long number, ByteBuffer bytes, boolean isBranch, int nodes) {

        /** Where a node begins; -1 if that is not within the page. */
        int node(int i) {
            return nodeAt(bytes, PAGE_HEADER_BYTES + 2 * i);
        }

        long child(int node) {
            return (bytes.getInt(node) & 0xffff_ffffL) | ((bytes.getShort(node + 4) & 0xffffL) << 32);
        }

        /** The key; -1 if the node has none of eight bytes, as the first of a branch. */
        long key(int node) {
            return keyAt(bytes, node);
        }
    }

    static int nodeAt(ByteBuffer page, int slot) {
        int node = page.getShort(slot) & 0xffff;
        return node >= PAGE_HEADER_BYTES && node + NODE_HEADER_BYTES <= page.limit() ? node : -1;
    }

    static long keyAt(ByteBuffer page, int node) {
        boolean whole = node + NODE_HEADER_BYTES + KEY_BYTES <= page.limit() && page.getShort(node + 6) == KEY_BYTES;
        return whole ? page.getLong(node + NODE_HEADER_BYTES) : -1;
    }

    /**
     * Where the data of a leaf's node lies.
     *
     * @param offset in the file
     * @param overflowPage the first page of its own that it has, {@link #NO_PAGE} if it lies within the leaf
     */
    record Data(long offset, int bytes, long overflowPage) {

        /** Pages of its own, of a size. */
        long overflowPages(int pageSize) {
            return overflowPage == NO_PAGE ? 0 : ((long) PAGE_HEADER_BYTES + bytes + pageSize - 1) / pageSize;
        }
    }

    /** Null if it can't lie where the node says. */
    @Nullable
    Data data(long pageNumber, ByteBuffer page, int node) {
        int bytes = page.getInt(node);
        int at = node + NODE_HEADER_BYTES + KEY_BYTES;
        if (bytes < 0 || at > page.limit()) {
            return null;
        }
        if ((page.getShort(node + 4) & BIG) == 0) {
            return at + bytes <= page.limit() ? new Data(offset(pageNumber) + at, bytes, NO_PAGE) : null;
        }
        long overflow = at + 8 <= page.limit() ? page.getLong(at) : NO_PAGE;
        return overflow >= 2 && overflow < Long.MAX_VALUE / pageSize
                ? new Data(offset(overflow) + PAGE_HEADER_BYTES, bytes, overflow)
                : null;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
