package dev.coord.wal.lmdb;

import dev.coord.wal.EntrySequence.Stray;
import dev.coord.wal.LogEntry;
import dev.coord.wal.RangeRecord;
import dev.coord.wal.lmdb.PageFile.Data;
import dev.coord.wal.lmdb.TreeSurvey.Lost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Entries in pages that the damaged tree does not lead to any more. A page may be an old copy; each entry's checksum
 * covers its index, so what matches was an entry of this log once, and of two with one index the one with the later term
 * is the newer. For one thread.
 */
final class StrayEntries {

    /** Of which term, and where: the entries themselves may be too many for the memory. */
    private record Place(long term, Data data) {}

    private final TreeMap<Long, Place> entries = new TreeMap<>();
    private final PageFile file;
    private final List<Lost> lost;
    private final ValueCodec codec = new ValueCodec();
    private @Nullable RangeRecord range;

    StrayEntries(PageFile file, List<Lost> lost) {
        this.file = file;
        this.lost = lost;
    }

    void search(TreeSurvey survey) throws IOException {
        for (long number = 2; number < file.pages(); number++) {
            ByteBuffer page = survey.isStray(number) ? file.rawPage(number) : null;
            if (page != null) {
                searchPage(number, page);
            }
        }
    }

    /** Takes the page for a leaf whatever its header says: the checksums tell. */
    private void searchPage(long number, ByteBuffer page) throws IOException {
        int lowestNode = page.limit();
        for (int slot = PageFile.PAGE_HEADER_BYTES; slot + 2 <= lowestNode; slot += 2) {
            int node = PageFile.nodeAt(page, slot);
            long key = node < 0 ? -1 : PageFile.keyAt(page, node);
            Data data = key < 0 ? null : file.data(number, page, node);
            if (data != null && isLost(key) && data.offset() + data.bytes() <= file.size()) {
                lowestNode = Math.min(lowestNode, node);
                add(key, data);
            }
        }
    }

    private boolean isLost(long key) {
        return lost.stream().anyMatch(page -> key >= page.least() && key < page.end());
    }

    private void add(long key, Data data) throws IOException {
        ByteBuffer value = file.read(data.offset(), data.bytes());
        if (key == 0) {
            if (RangeRecord.isWhole(value)) {
                RangeRecord found = RangeRecord.get(value);
                if (range == null || found.firstIndex() >= range.firstIndex()) {
                    range = found;
                }
            }
            return;
        }
        LogEntry entry = codec.copy(key, value);
        if (entry != null) {
            Place known = entries.get(key);
            if (known == null || known.term < entry.term()) {
                entries.put(key, new Place(entry.term(), data));
            }
        }
    }

    /** @throws UncheckedIOException if it can't be read any more */
    @Nullable
    Stray get(long index) {
        Place place = entries.get(index);
        if (place == null) {
            return null;
        }
        try {
            LogEntry entry = codec.copy(index, file.read(place.data.offset(), place.data.bytes()));
            return entry == null ? null : new Stray(entry, LmdbLogReader.DATA_FILE, place.data.offset());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The greatest index found; 0 if nothing was. */
    long last() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** The least index found; 0 if nothing was. */
    long first() {
        return entries.isEmpty() ? 0 : entries.firstKey();
    }

    @Nullable
    RangeRecord range() {
        return range;
    }
}
