package dev.coord.wal.lmdb;

import dev.coord.wal.lmdb.PageFile.Data;
import dev.coord.wal.lmdb.PageFile.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trees of the file looked through once: which of their pages are sound, which can't be read and what keys these held,
 * which pages are on the free list. For one thread.
 */
final class TreeSurvey {

    private static final int DEPTH_MAX = 32;

    /**
     * A page of the entries' tree that can't be read.
     *
     * @param number of the page
     * @param least the least key that it or the pages below it held
     * @param end one past the greatest; {@link Long#MAX_VALUE} where the tree does not say
     */
    record Lost(long number, long least, long end) {}

    private final PageFile file;
    private final BitSet reached = new BitSet();
    private final BitSet free = new BitSet();
    private final List<Long> leaves = new ArrayList<>();
    private final List<Lost> lost = new ArrayList<>();
    private final List<Long> lostOfFreeList = new ArrayList<>();
    private long freeListPages;

    TreeSurvey(PageFile file) {
        this.file = file;
    }

    /** Leaf pages of the entries' tree in key order, and pages that are lost among them: negative, their place in {@link #lost}. */
    List<Long> leaves() {
        return leaves;
    }

    List<Lost> lost() {
        return lost;
    }

    /** Pages of the free list's tree that can't be read. */
    List<Long> lostOfFreeList() {
        return lostOfFreeList;
    }

    /** True if the page belongs to nothing that was found, so that it may be what was lost. */
    boolean isStray(long page) {
        return page >= 2 && page < Integer.MAX_VALUE && !reached.get((int) page) && !free.get((int) page);
    }

    long freePages() {
        return free.cardinality();
    }

    long freeListPages() {
        return freeListPages;
    }

    void surveyEntries(long root) throws IOException {
        if (root != PageFile.NO_PAGE) {
            entries(root, 0, Long.MAX_VALUE, 0);
        }
    }

    private void entries(long number, long least, long end, int depth) throws IOException {
        Page page = depth > DEPTH_MAX ? null : fresh(number);
        if (page == null || !(page.isBranch() ? childrenFit(page, least, end) : page.nodes() > 0)) {
            leaves.add(-1L - lost.size());
            lost.add(new Lost(number, least, end));
            return;
        }
        reached.set((int) number);
        if (!page.isBranch()) {
            leaves.add(number);
            reachOverflow(page);
            return;
        }
        for (int i = 0; i < page.nodes(); i++) {
            long from = i == 0 ? least : page.key(page.node(i));
            long to = i + 1 == page.nodes() ? end : page.key(page.node(i + 1));
            entries(page.child(page.node(i)), from, to, depth + 1);
        }
    }

    /** A page that nothing else has led to: a damaged link must not go round in circles. */
    private @Nullable Page fresh(long number) throws IOException {
        return number < 2 || number >= file.pages() || reached.get((int) number) ? null : file.page(number);
    }

    private static boolean childrenFit(Page page, long least, long end) {
        long before = least;
        for (int i = 0; i < page.nodes(); i++) {
            int node = page.node(i);
            if (node < 0) {
                return false;
            }
            if (i > 0) {
                long key = page.key(node);
                if (key <= before || key >= end) {
                    return false;
                }
                before = key;
            }
        }
        return page.nodes() > 0;
    }

    private void reachOverflow(Page page) {
        for (int i = 0; i < page.nodes(); i++) {
            int node = page.node(i);
            Data data = node < 0 ? null : file.data(page.number(), page.bytes(), node);
            long pages = data == null ? 0 : data.overflowPages(file.pageSize());
            if (data != null && pages > 0 && data.overflowPage() + pages <= file.pages()) {
                reached.set((int) data.overflowPage(), (int) (data.overflowPage() + pages));
            }
        }
    }

    /** @param lastPage the last page that was ever used */
    void surveyFreeList(long root, long lastPage) throws IOException {
        if (root != PageFile.NO_PAGE) {
            freeList(root, lastPage, 0);
        }
    }

    private void freeList(long number, long lastPage, int depth) throws IOException {
        Page page = depth > DEPTH_MAX ? null : fresh(number);
        if (page == null) {
            lostOfFreeList.add(number);
            return;
        }
        reached.set((int) number);
        freeListPages++;
        for (int i = 0; i < page.nodes(); i++) {
            int node = page.node(i);
            if (node < 0) {
                lostOfFreeList.add(number);
            } else if (page.isBranch()) {
                freeList(page.child(node), lastPage, depth + 1);
            } else {
                list(page, node, lastPage);
            }
        }
    }

    /** A count, then so many page numbers. */
    private void list(Page page, int node, long lastPage) throws IOException {
        Data data = file.data(page.number(), page.bytes(), node);
        if (data == null || data.offset() + data.bytes() > file.size()) {
            lostOfFreeList.add(page.number());
            return;
        }
        long pages = data.overflowPages(file.pageSize());
        if (pages > 0) {
            reached.set((int) data.overflowPage(), (int) (data.overflowPage() + pages));
            freeListPages += pages;
        }
        var numbers = file.read(data.offset(), data.bytes());
        long count = numbers.limit() < 8 ? 0 : Math.min(numbers.getLong(0), numbers.limit() / 8 - 1);
        for (int i = 1; i <= count; i++) {
            long free = numbers.getLong(8 * i);
            if (free >= 2 && free <= lastPage && free < Integer.MAX_VALUE) {
                this.free.set((int) free);
            }
        }
    }
}
