package dev.coord.wal.mapdb;

import dev.coord.wal.RangeRecord;
import dev.coord.wal.mapdb.RecordFile.Place;
import dev.coord.wal.mapdb.RecordFile.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which record holds the batch at which index, found without the tree's upper nodes: its leaves are recognised among all
 * records by their form. A batch that no leaf leads to any more is recognised by its form too, and tells its index by its
 * checksums, see {@link IndexSolver}. For one thread.
 */
final class BatchMap {

    private final RecordFile file;
    private final List<LeafNode> leaves = new ArrayList<>();
    private final TreeMap<Long, Long> strays = new TreeMap<>();
    private final List<Long> others = new ArrayList<>();
    private final List<Place> damaged = new ArrayList<>();
    private long batches;

    /** Told of each base index and its record's number, in index order. */
    interface Batches {
        void batch(long base, long record, long nextBase) throws IOException;
    }

    BatchMap(RecordFile file) {
        this.file = file;
    }

    void search() throws IOException {
        long greatest = file.greatest();
        BitSet others = new BitSet();
        for (long number = 1; number <= greatest; number++) {
            Place place = file.place(number);
            if (place.state() == State.NONE) {
                continue;
            }
            LeafNode leaf = place.state() == State.WHOLE && place.bytes() <= LeafNode.BYTES_MAX
                    ? LeafNode.parse(file.bytes(place))
                    : null;
            if (leaf == null) {
                others.set((int) number);
            } else if (leaf.bases.length > 0) {
                leaves.add(leaf);
            }
        }
        leaves.sort(Comparator.comparingLong(leaf -> leaf.bases[0]));
        for (LeafNode leaf : leaves) {
            for (long record : leaf.records) {
                others.clear((int) record);
                batches++;
            }
        }
        for (int number = others.nextSetBit(0); number >= 0; number = others.nextSetBit(number + 1)) {
            this.others.add((long) number);
            addStray(number);
        }
    }

    private void addStray(long number) throws IOException {
        Place place = file.place(number);
        if (place.state() != State.WHOLE) {
            damaged.add(place);
            return;
        }
        byte[] record = file.bytes(place);
        ByteBuffer batch = batch(record);
        if (batch == null || batch.limit() < BatchCodec.HEADER_BYTES) {
            return;
        }
        long base = base(batch);
        if (base > 0 && !isRange(batch)) {
            strays.put(base, number);
        }
    }

    /** The index of a batch's first entry, by what most of its entries say; 0 if it does not have a batch's form. */
    private static long base(ByteBuffer batch) {
        Map<Long, Integer> votes = new HashMap<>();
        long base = 0;
        int at = 0;
        for (int i = 0; at < batch.limit(); i++) {
            int next = BatchCodec.next(batch, at);
            if (next < 0 || batch.getLong(at + 8) < 0) {
                return 0;
            }
            long vote = IndexSolver.solve(batch, at, next) - i;
            if (votes.merge(vote, 1, Integer::sum) > votes.getOrDefault(base, 0)) {
                base = vote;
            }
            at = next;
        }
        return base;
    }

    private static boolean isRange(ByteBuffer value) {
        return RangeRecord.isWhole(value.duplicate());
    }

    /** A value as the engine keeps it: its packed length, then its bytes; null if they do not add up. */
    static @Nullable ByteBuffer batch(byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        long bytes = LeafNode.packed(in);
        return bytes == in.remaining() ? in.slice().order(ByteOrder.LITTLE_ENDIAN) : null;
    }

    long batches() {
        return batches;
    }

    /** Batches that no leaf leads to, by the index of their first entry. */
    NavigableMap<Long, Long> strays() {
        return strays;
    }

    /** Numbers of all records that are neither leaves nor what these lead to. */
    List<Long> others() {
        return others;
    }

    /** Records that can't be read and that no leaf leads to. */
    List<Place> damaged() {
        return damaged;
    }

    void forEach(Batches to) throws IOException {
        for (int i = 0; i < leaves.size(); i++) {
            LeafNode leaf = leaves.get(i);
            for (int k = 0; k < leaf.bases.length; k++) {
                long next = k + 1 < leaf.bases.length
                        ? leaf.bases[k + 1]
                        : i + 1 < leaves.size() ? leaves.get(i + 1).bases[0] : 0;
                to.batch(leaf.bases[k], leaf.records[k], next);
            }
        }
    }
}
