package dev.coord.wal.mapdb;

import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The engine's file read record by record, by plain reads. Its layout, big-endian:
 *
 * <pre>
 * head         a mark 1, a type 1, and more 6; at 20 a sum of all ints that follow 4; at 32 the greatest record number,
 *              shifted by 3, its low bits a check on its bits 8; at 64 the free lists, see FreeLists
 * index        after the head, and in pages of their own that a link leads to: a link to the next index page 8 at offset
 *              0 of the index in the head and 8 of a page; 16 bytes in, 8 for each record number
 * index value  size 2, offset in the file with flags in its low four bits 6; bits are odd in number. A linked record is a
 *              chain of pieces: each but the last begins with the next one's index value
 * </pre>
 *
 * <p>For one thread.
 */
final class RecordFile implements Closeable {

    private static final int PAGE_BYTES = 1 << 20;
    private static final int AT_SUM = 20;
    private static final int AT_GREATEST = 32;
    private static final int HEAD_BYTES = 64 + 4096 * 8 + 4 * 8;
    private static final int SUM_SEED = 1142099053;
    private static final int INDEX_HEADER_BYTES = 16;
    private static final long OFFSET_MASK = 0xFFFF_FFFF_FFF0L;
    private static final long LINKED = 0x8;
    private static final int NULL_SIZE = 0xFFFF;
    private static final int DELETED_SIZE = 0xFFFE;
    private static final int INLINE_BYTES_MAX = 5;
    private static final long MARK = 0x4A03;
    private static final int PIECES_MAX = 1 << 12;

    /** A piece of a record's bytes. */
    record Piece(long offset, int bytes) {}

    /** What an index value says of a record. */
    enum State {
        /** There is no such record, or it is empty or too small to be of a log. */
        NONE,
        /** Its bytes are in the file. */
        WHOLE,
        /** Its index value or a link does not match its check, or leads nowhere. */
        DAMAGED,
        /** The file ends before its bytes do. */
        CUT
    }

    /**
     * A record.
     *
     * @param state whether its bytes can be read
     * @param slot where its index value lies
     * @param pieces where its bytes lie, as far as the links go
     */
    record Place(State state, long slot, List<Piece> pieces) {

        /** Where a byte of the record lies in the file; the slot if that can't be told. */
        long offset(int at) {
            int before = 0;
            for (Piece piece : pieces) {
                if (at < before + piece.bytes) {
                    return piece.offset + at - before;
                }
                before += piece.bytes;
            }
            return pieces.isEmpty() ? slot : pieces.get(0).offset;
        }

        int bytes() {
            return pieces.stream().mapToInt(Piece::bytes).sum();
        }
    }

    private final DiskFile file;
    private final NavigableMap<Long, byte[]> journaled = new TreeMap<>();
    private final JournalScan.@Nullable Damage journalDamage;
    private final long size;
    private final List<Long> indexPages = new ArrayList<>();
    private final ByteBuffer head;
    private @Nullable ByteBuffer cached;
    private long cachedAt = -1;
    private long brokenLink = -1;

    /** Opens the file of a directory as it is with the commits that only its journal has. */
    RecordFile(Disk disk) throws IOException {
        file = disk.open(MapDbLogStore.DATA_FILE);
        journalDamage = readJournal(disk);
        long end = journaled.isEmpty() ? 0 : (journaled.lastKey() + 1) * JournalCodec.BLOCK_BYTES;
        size = Math.max(file.size(), end);
        head = read(0, HEAD_BYTES);
        findIndexPages();
    }

    private JournalScan.@Nullable Damage readJournal(Disk disk) throws IOException {
        if (!disk.list().contains(Journal.FILE)) {
            return Journal.whyMissing(disk);
        }
        try (DiskFile journal = disk.open(Journal.FILE)) {
            JournalScan scan = JournalScan.of(disk, journal, (number, bytes) -> {
                byte[] block = new byte[JournalCodec.BLOCK_BYTES];
                bytes.get(block);
                journaled.put(number, block);
            });
            return scan.damage();
        }
    }

    /** What is wrong with the journal; null if nothing is, or there is none. */
    JournalScan.@Nullable Damage journalDamage() {
        return journalDamage;
    }

    long size() {
        return size;
    }

    /** What is wrong with the head; null if nothing is. */
    @Nullable
    String headDamage() {
        if (head.limit() < HEAD_BYTES) {
            return "the file ends within its head, at offset " + size;
        }
        if (head.getLong(0) >>> 48 != MARK) {
            return "the file does not begin with the engine's mark";
        }
        int sum = SUM_SEED;
        for (int at = AT_SUM + 4; at < HEAD_BYTES; at += 4) {
            sum += head.getInt(at);
        }
        return sum == head.getInt(AT_SUM) ? null : "the head does not match its sum: the engine refuses the file";
    }

    /** Where a link to an index page is that does not match its check; -1 if all do. */
    long brokenLink() {
        return brokenLink;
    }

    private void findIndexPages() throws IOException {
        long link = HEAD_BYTES;
        while (indexPages.size() < size / PAGE_BYTES + 1) {
            ByteBuffer bytes = read(link, 8);
            if (bytes.limit() < 8) {
                return;
            }
            long value = bytes.getLong(0);
            long page = value & ~0xFFFFL;
            if ((hash(page + 1) & 0xFFFF) != (value & 0xFFFF) || page % PAGE_BYTES != 0) {
                brokenLink = link;
                return;
            }
            if (page == 0) {
                return;
            }
            indexPages.add(page);
            link = page + 8;
        }
    }

    private static int hash(long value) {
        long mixed = value * -7046029254386353131L;
        mixed ^= mixed >> 32;
        return (int) (mixed ^ mixed >> 16);
    }

    /** The greatest record number; as many as the index has room for if the head does not say. */
    long greatest() {
        long room = (PAGE_BYTES - HEAD_BYTES - INDEX_HEADER_BYTES) / 8
                + (long) indexPages.size() * (PAGE_BYTES - INDEX_HEADER_BYTES) / 8;
        if (head.limit() < HEAD_BYTES) {
            return 0;
        }
        long value = head.getLong(AT_GREATEST);
        boolean sound = (Long.bitCount(value & ~7L) + 1) % 8 == (value & 7);
        return sound ? Math.min(value >>> 3, room) : room;
    }

    Place place(long number) throws IOException {
        long slot = slot(number);
        long value = indexValue(slot);
        int bytes = (int) (value >>> 48);
        if (value == 0 || bytes == NULL_SIZE || bytes == DELETED_SIZE) {
            return new Place(State.NONE, slot, List.of());
        }
        if (Long.bitCount(value) % 2 == 0) {
            return new Place(State.DAMAGED, slot, List.of());
        }
        if ((value & LINKED) != 0) {
            return linked(value, slot);
        }
        if (bytes <= INLINE_BYTES_MAX) {
            return new Place(State.NONE, slot, List.of());
        }
        long offset = value & OFFSET_MASK;
        return new Place(offset + bytes > size ? State.CUT : State.WHOLE, slot, List.of(new Piece(offset, bytes)));
    }

    private Place linked(long value, long slot) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        long pointer = value;
        while (true) {
            boolean more = (pointer & LINKED) != 0;
            int link = more ? 8 : 0;
            long offset = pointer & OFFSET_MASK;
            int bytes = (int) (pointer >>> 48);
            if (bytes < link || pieces.size() > PIECES_MAX) {
                return new Place(State.DAMAGED, slot, pieces);
            }
            pieces.add(new Piece(offset + link, bytes - link));
            if (offset + bytes > size) {
                return new Place(State.CUT, slot, pieces);
            }
            if (!more) {
                return new Place(State.WHOLE, slot, pieces);
            }
            long next = read(offset, 8).getLong(0);
            pointer = next & ~7L;
            // The check takes the place of the flags' lowest bits, so the flag of a link is within what it covers.
            if ((Long.bitCount(pointer) + 1) % 8 != (next & 7)) {
                return new Place(State.DAMAGED, slot, pieces);
            }
        }
    }

    /** All bytes of a whole record. */
    byte[] bytes(Place place) throws IOException {
        byte[] bytes = new byte[place.bytes()];
        int at = 0;
        for (Piece piece : place.pieces) {
            ByteBuffer part = read(piece.offset, piece.bytes);
            part.get(bytes, at, part.remaining());
            at += piece.bytes;
        }
        return bytes;
    }

    private long slot(long number) {
        long inHead = (PAGE_BYTES - HEAD_BYTES - INDEX_HEADER_BYTES) / 8;
        long zeroBased = number - 1;
        if (zeroBased < inHead) {
            return HEAD_BYTES + INDEX_HEADER_BYTES + zeroBased * 8;
        }
        long perPage = (PAGE_BYTES - INDEX_HEADER_BYTES) / 8;
        zeroBased -= inHead;
        return indexPages.get((int) (zeroBased / perPage)) + INDEX_HEADER_BYTES + zeroBased % perPage * 8;
    }

    /** Through a copy of the index page. */
    private long indexValue(long slot) throws IOException {
        long page = slot - slot % PAGE_BYTES;
        ByteBuffer bytes = cached;
        if (bytes == null || cachedAt != page) {
            bytes = read(page, PAGE_BYTES);
            cached = bytes;
            cachedAt = page;
        }
        int at = (int) (slot - page);
        return at + 8 <= bytes.limit() ? bytes.getLong(at) : 0;
    }

    private ByteBuffer read(long offset, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.max(0, Math.min(bytes, size - offset)));
        file.read(buffer, offset);
        buffer.clear(); // what only the journal has lies behind the end of the file, in part
        for (Map.Entry<Long, byte[]> block : journaled
                .subMap(
                        offset / JournalCodec.BLOCK_BYTES,
                        true,
                        (offset + buffer.limit()) / JournalCodec.BLOCK_BYTES,
                        true)
                .entrySet()) {
            long from = block.getKey() * JournalCodec.BLOCK_BYTES;
            int at = (int) Math.max(0, from - offset);
            int within = (int) Math.max(0, offset - from);
            int length = Math.min(JournalCodec.BLOCK_BYTES - within, buffer.limit() - at);
            if (length > 0) {
                buffer.put(at, block.getValue(), within, length);
            }
        }
        return buffer;
    }

    /** For {@link FreeLists}. */
    void read(long offset, byte[] into, int at, int bytes) throws IOException {
        ByteBuffer read = read(offset, bytes);
        read.get(into, at, read.remaining());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
