package dev.coord.wal.lmdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the engine's own header pages say of its free list: the library keeps this from us. There are two, at the start of
 * the file, written in turn; the one with the greater transaction counts. Their layout is LMDB's data format 1, in the
 * machine's byte order: a page header of 16 bytes, magic 4, version 4, address 8, map size 8, then a description of 48
 * bytes each of the free list's tree and the main tree, then the last page and the transaction.
 *
 * @param pagesInUse pages up to the last one that was ever used
 * @param freeListPages pages that the free list's own tree takes
 * @param mainPages pages that the entries' tree takes
 * @param transaction number of the last transaction
 */
record MetaPages(long pagesInUse, long freeListPages, long mainPages, long transaction) {

    private static final int PAGES = 2;
    private static final int MAGIC = 0xBEEFC0DE;
    private static final int AT_MAGIC = 16;
    private static final int AT_FREE_TREE = 40;
    private static final int AT_MAIN_TREE = 88;
    private static final int AT_LAST_PAGE = 136;
    private static final int AT_TRANSACTION = 144;
    private static final int BYTES = 152;

    static MetaPages read(Path file, int pageSize) throws IOException {
        MetaPages newest = new MetaPages(PAGES, 0, 0, -1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int page = 0; page < PAGES; page++) {
                ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.nativeOrder());
                int read = channel.read(bytes, (long) page * pageSize);
                if (read == BYTES
                        && bytes.getInt(AT_MAGIC) == MAGIC
                        && bytes.getLong(AT_TRANSACTION) > newest.transaction) {
                    newest = new MetaPages(
                            bytes.getLong(AT_LAST_PAGE) + 1,
                            treePages(bytes, AT_FREE_TREE),
                            treePages(bytes, AT_MAIN_TREE),
                            bytes.getLong(AT_TRANSACTION));
                }
            }
        }
        return newest;
    }

    /** Branch, leaf and overflow pages. */
    private static long treePages(ByteBuffer bytes, int at) {
        return bytes.getLong(at + 8) + bytes.getLong(at + 16) + bytes.getLong(at + 24);
    }

    /** Pages that hold nothing and will be used again. */
    long freePages() {
        return Math.max(0, pagesInUse - PAGES - freeListPages - mainPages);
    }
}
