package dev.coord.wal.lmdb;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.disk.SequenceMark;
import dev.coord.wal.lmdb.PageFile.Data;
import dev.coord.wal.lmdb.PageFile.Page;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every page that the engine would follow or write to, before the engine maps the file. The engine trusts its
 * pages: a wrong number in one sends it behind the end of the map, which ends the process, or lets it overwrite what is
 * live. Entries need no check here, for each has its own sum.
 *
 * <p>What has to hold: the header pages are those of two transactions in a row, in their places; every page of both trees
 * is there, is what its place asks for, and has its nodes packed one against the other, with keys in order; the header's
 * counts are those of the trees; no page has two uses, a place on the free list being one.
 *
 * <p>Reads the pages in use once, by plain reads, without the values that have pages of their own. For one thread.
 */
final class PageCheck {

    private static final int META = 0x08;
    private static final int OVERFLOW = 0x04;
    private static final int BIG = 0x01;
    private static final int INTEGER_KEYS = 0x08;
    private static final int DEPTH_MAX = 32;

    /** Pages that a transaction may have used at the end and not written. */
    private static final long UNWRITTEN_PAGES_MAX = 1 << 18;

    private static final int META_BYTES = 152;
    private static final int AT_PAGE_FLAGS = 10;
    private static final int AT_ADDRESS = 24;
    private static final int AT_FREE_TREE = 40;
    private static final int AT_MAIN_TREE = 88;
    private static final int AT_LAST_PAGE = 136;
    private static final int AT_TRANSACTION = 144;

    private final Path path;
    private final PageFile file;
    private final BitSet used = new BitSet();
    private long lastPage;

    private PageCheck(Path path, PageFile file) {
        this.path = path;
        this.file = file;
    }

    /**
     * Checks a file; one that is not there or empty is new.
     *
     * @param mark the last commit that was acknowledged; null if it is not known
     * @throws LogException {@link Kind#DAMAGED} naming file and offset
     */
    static void check(Path path, SequenceMark.@Nullable Mark mark) throws IOException {
        if (!Files.exists(path) || Files.size(path) == 0) {
            if (mark != null) {
                throw damaged(
                        path,
                        0,
                        "it is missing or empty, but entries up to " + (mark.nextIndex() - 1) + " were acknowledged");
            }
            return;
        }
        try (PageFile file = new PageFile(path)) {
            new PageCheck(path, file).run(mark);
        }
    }

    private void run(SequenceMark.@Nullable Mark mark) throws IOException {
        if (file.firstMeta() == null) {
            throw damaged(0, "its first header page is not one");
        }
        ByteBuffer first = meta(0);
        ByteBuffer second = meta(1);
        long difference = first.getLong(AT_TRANSACTION) - second.getLong(AT_TRANSACTION);
        ByteBuffer newest = difference > 0 ? first : second;
        long transaction = newest.getLong(AT_TRANSACTION);
        if (Math.abs(difference) > 1 || (difference == 0 && transaction != 0)) {
            throw damaged(AT_TRANSACTION, "its two header pages are not those of two transactions in a row");
        }
        long header = difference > 0 ? 0 : file.offset(1);
        if (mark != null && transaction < mark.sequence()) {
            throw damaged(
                    header + AT_TRANSACTION,
                    "its last transaction is " + transaction + ", but " + mark.sequence() + " was acknowledged");
        }
        lastPage = newest.getLong(AT_LAST_PAGE);
        if (lastPage < 1 || lastPage >= file.pages() + UNWRITTEN_PAGES_MAX) {
            throw damaged(header + AT_LAST_PAGE, "its last page, " + lastPage + ", lies far behind its end");
        }
        BitSet free = new BitSet();
        new Tree(newest, header, AT_MAIN_TREE, null).check();
        new Tree(newest, header, AT_FREE_TREE, free).check();
        if (used.intersects(free)) {
            used.and(free);
            int page = used.nextSetBit(0);
            throw damaged(file.offset(page), "page " + page + " is in use and on the free list");
        }
    }

    private ByteBuffer meta(int page) throws IOException {
        ByteBuffer first = file.read(0, META_BYTES);
        ByteBuffer bytes = file.read(file.offset(page), META_BYTES);
        boolean sound = bytes.limit() == META_BYTES
                && bytes.getLong(0) == page
                && bytes.getShort(AT_PAGE_FLAGS) == META
                && bytes.getLong(16) == first.getLong(16) // magic and version
                && bytes.getLong(AT_ADDRESS) == 0
                && bytes.getInt(AT_FREE_TREE) == file.pageSize()
                && (bytes.getLong(AT_TRANSACTION) == 0 || bytes.getLong(AT_TRANSACTION) % 2 == page);
        if (!sound) {
            throw damaged(file.offset(page), "its header page " + page + " is not one");
        }
        return bytes;
    }

    /** One of the two trees, as the header describes it. */
    private final class Tree {

        private final ByteBuffer meta;
        private final int at;
        private final long offset;
        private final @Nullable BitSet free;
        private int depth;
        private long branches;
        private long leaves;
        private long overflows;
        private long entries;

        /** @param free where to note free pages; null for the tree of entries */
        Tree(ByteBuffer meta, long header, int at, @Nullable BitSet free) {
            this.meta = meta;
            this.at = at;
            this.offset = header + at;
            this.free = free;
        }

        void check() throws IOException {
            long root = meta.getLong(at + 40);
            if (root != PageFile.NO_PAGE) {
                walk(root, -1, Long.MAX_VALUE, 1);
            }
            int flags = meta.getShort(at + 4);
            boolean flagsKnown = flags == INTEGER_KEYS || (free == null && flags == 0 && root == PageFile.NO_PAGE);
            if (!flagsKnown
                    || (free == null && meta.getInt(at) != 0)
                    || depth != meta.getShort(at + 6)
                    || branches != meta.getLong(at + 8)
                    || leaves != meta.getLong(at + 16)
                    || overflows != meta.getLong(at + 24)
                    || entries != meta.getLong(at + 32)) {
                throw damaged(offset, "its header does not describe the tree that it leads to");
            }
        }

        /** Keys lie from {@code least} up to before {@code end}. */
        private void walk(long number, long least, long end, int level) throws IOException {
            use(number, 1);
            Page page = level > DEPTH_MAX ? null : file.page(number);
            if (page == null || page.nodes() == 0 || !isPacked(page)) {
                throw damaged(file.offset(number), "page " + number + " is damaged");
            }
            if (page.isBranch()) {
                branches++;
                walkChildren(page, least, end, level);
            } else {
                leaves++;
                if (depth != 0 && depth != level) {
                    throw damaged(file.offset(number), "page " + number + " is a leaf where none belongs");
                }
                depth = level;
                walkEntries(page, least, end);
            }
        }

        /** The nodes fill the page from {@code upper} to its end, and no two of them the same place. */
        private boolean isPacked(Page page) {
            int upper = page.bytes().getShort(14) & 0xffff;
            int total = 0;
            BitSet begins = new BitSet();
            for (int i = 0; i < page.nodes(); i++) {
                int node = page.bytes().getShort(PageFile.PAGE_HEADER_BYTES + 2 * i) & 0xffff;
                if (node < upper || node + PageFile.NODE_HEADER_BYTES > file.pageSize() || begins.get(node)) {
                    return false;
                }
                begins.set(node);
                int size = nodeBytes(page, node, i);
                if (size < 0 || node + size > file.pageSize()) {
                    return false;
                }
                total += size;
            }
            return total == file.pageSize() - upper;
        }

        /** Rounded up to two; -1 if the node is none of the kind that belongs here. */
        private int nodeBytes(Page page, int node, int i) {
            int keyBytes = page.bytes().getShort(node + 6);
            if (page.isBranch()) {
                boolean sound = keyBytes == PageFile.KEY_BYTES || (i == 0 && keyBytes == 0);
                return sound ? PageFile.NODE_HEADER_BYTES + keyBytes : -1;
            }
            int flags = page.bytes().getShort(node + 4);
            long dataBytes = flags == BIG ? Long.BYTES : page.bytes().getInt(node) & 0xffff_ffffL;
            boolean sound =
                    keyBytes == PageFile.KEY_BYTES && (flags == 0 || flags == BIG) && dataBytes < file.pageSize();
            return sound ? (int) (PageFile.NODE_HEADER_BYTES + PageFile.KEY_BYTES + dataBytes + 1) & ~1 : -1;
        }

        private void walkChildren(Page page, long least, long end, int level) throws IOException {
            for (int i = 0; i < page.nodes(); i++) {
                int node = node(page, i);
                long from = i == 0 ? least : key(page, node);
                long to = i + 1 == page.nodes() ? end : key(page, node(page, i + 1));
                if (from < least || to <= from || to > end) {
                    throw damaged(
                            file.offset(page.number()), "the keys of page " + page.number() + " are out of order");
                }
                walk(page.child(node), from, to, level + 1);
            }
        }

        private void walkEntries(Page page, long least, long end) throws IOException {
            long before = least - 1;
            for (int i = 0; i < page.nodes(); i++) {
                int node = node(page, i);
                long key = key(page, node);
                if (key <= before || key >= end) {
                    throw damaged(
                            file.offset(page.number()), "the keys of page " + page.number() + " are out of order");
                }
                before = key;
                entries++;
                Data data = file.data(page.number(), page.bytes(), node);
                if (data == null) {
                    throw damaged(file.offset(page.number()), "a node of page " + page.number() + " is damaged");
                }
                walkOverflow(page, data);
                if (free != null) {
                    walkFree(page, data, free);
                }
            }
        }

        private void walkOverflow(Page page, Data data) throws IOException {
            long pages = data.overflowPages(file.pageSize());
            if (pages == 0) {
                return;
            }
            long number = data.overflowPage();
            use(number, pages);
            overflows += pages;
            ByteBuffer header = file.read(file.offset(number), PageFile.PAGE_HEADER_BYTES);
            boolean sound = header.limit() == PageFile.PAGE_HEADER_BYTES
                    && header.getLong(0) == number
                    && header.getShort(AT_PAGE_FLAGS) == OVERFLOW
                    && header.getInt(12) == pages;
            if (!sound) {
                throw damaged(
                        file.offset(number),
                        "page " + number + ", where a value of page " + page.number() + " begins, is damaged");
            }
        }

        /** A count, then so many numbers of pages, descending. */
        private void walkFree(Page page, Data data, BitSet into) throws IOException {
            ByteBuffer numbers = file.read(data.offset(), data.bytes());
            long count = numbers.limit() < Long.BYTES ? -1 : numbers.getLong(0);
            if (count < 0 || count > numbers.limit() / Long.BYTES - 1) {
                throw damaged(data.offset(), "a list of free pages in page " + page.number() + " is damaged");
            }
            long before = Long.MAX_VALUE;
            for (int i = 1; i <= count; i++) {
                long number = numbers.getLong(Long.BYTES * i);
                if (number < 2 || number > lastPage || number >= before || into.get((int) number)) {
                    throw damaged(
                            data.offset() + (long) Long.BYTES * i,
                            "a list of free pages in page " + page.number() + " is damaged");
                }
                into.set((int) number);
                before = number;
            }
        }

        private int node(Page page, int i) {
            return page.bytes().getShort(PageFile.PAGE_HEADER_BYTES + 2 * i) & 0xffff;
        }

        private long key(Page page, int node) {
            return page.bytes().getLong(node + PageFile.NODE_HEADER_BYTES);
        }
    }

    private void use(long number, long pages) {
        if (number < 2
                || number > lastPage
                || number + pages - 1 > lastPage
                || number + pages > file.size() / file.pageSize()) {
            throw damaged(
                    Math.min(
                            file.size(),
                            Math.max(0, number) > file.pages() ? file.size() : file.offset(Math.max(0, number))),
                    "page " + number + " is in use, but the file ends before it or it never had one");
        }
        int next = used.nextSetBit((int) number);
        if (next >= 0 && next < number + pages) {
            throw damaged(file.offset(next), "page " + next + " is in use twice");
        }
        used.set((int) number, (int) (number + pages));
    }

    private LogException damaged(long offset, String what) {
        return damaged(path, offset, what);
    }

    private static LogException damaged(Path path, long offset, String what) {
        return new LogException(
                Kind.DAMAGED, path + " is damaged at offset " + offset + ": " + what + LogDamage.ADVICE);
    }
}
