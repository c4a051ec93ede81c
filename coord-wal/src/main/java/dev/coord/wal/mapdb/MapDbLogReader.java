package dev.coord.wal.mapdb;

import dev.coord.wal.EntrySequence;
import dev.coord.wal.EntrySequence.Stray;
import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.LogLayout;
import dev.coord.wal.LogLayout.Fact;
import dev.coord.wal.LogLayout.LogFile;
import dev.coord.wal.LogReader;
import dev.coord.wal.LogVisitor;
import dev.coord.wal.RangeRecord;
import dev.coord.wal.disk.Disk;
import dev.coord.wal.disk.ReadOnlyDisk;
import dev.coord.wal.disk.SequenceMark;
import dev.coord.wal.mapdb.RecordFile.Place;
import dev.coord.wal.mapdb.RecordFile.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the file of a {@code mapdb} log without the engine, past whatever damage is in it. */
public final class MapDbLogReader implements LogReader {

    private static final String DATA_FILE = MapDbLogStore.DATA_FILE;

    private final Disk disk;

    public MapDbLogReader(Path directory) {
        this(new ReadOnlyDisk(directory));
    }

    /** @param disk is only read from */
    MapDbLogReader(Disk disk) {
        this.disk = disk;
    }

    @Override
    public LogLayout read(LogVisitor visitor) throws IOException {
        boolean there = disk.list().contains(DATA_FILE);
        if (!there || disk.size(DATA_FILE) == 0) {
            visitor.damage(LogDamage.ofBookkeeping(DATA_FILE, 0, there ? "the file is empty" : "the file is missing"));
            return new LogLayout(1, 1, files(), 0, 0, 0, List.of());
        }
        try (RecordFile file = new RecordFile(disk)) {
            return new Reading(file, visitor).run();
        }
    }

    private List<LogFile> files() throws IOException {
        List<LogFile> files = new ArrayList<>();
        for (String name : new TreeSet<>(disk.list())) {
            if (name.equals(DATA_FILE)) {
                files.add(new LogFile(name, disk.size(name), "records of the tree and free lists"));
            } else if (name.equals(Journal.FILE)) {
                files.add(new LogFile(name, disk.size(name), "commits that the records may not hold yet"));
            } else if (name.equals(SequenceMark.FILE)) {
                files.add(new LogFile(name, disk.size(name), "the last acknowledged commit"));
            } else if (name.startsWith(DATA_FILE)) {
                files.add(new LogFile(name, disk.size(name), "journal of the engine, which never reads it"));
            }
        }
        return files;
    }

    /** One time through the file. */
    private final class Reading {

        private final RecordFile file;
        private final LogVisitor visitor;
        private final BatchMap map;
        private @Nullable RangeRecord range;
        private long done;

        Reading(RecordFile file, LogVisitor visitor) {
            this.file = file;
            this.visitor = visitor;
            this.map = new BatchMap(file);
        }

        LogLayout run() throws IOException {
            tellOfHead();
            map.search();
            map.forEach((base, record, nextBase) -> {
                if (base == 0) {
                    range = range(record);
                }
            });
            if (range == null) {
                range = strayRange();
            }
            RangeRecord known = range;
            if (known == null && (map.batches() > 0 || !map.strays().isEmpty())) {
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE,
                        0,
                        "the range record is lost: where the log begins is only known from what was found"));
            }
            long limit = known != null && known.sweeping() ? known.nextIndex() : Long.MAX_VALUE;
            EntrySequence sequence = new EntrySequence(visitor, known == null ? 0 : known.firstIndex(), this::stray);
            map.forEach((base, record, nextBase) -> {
                visitor.progress(++done, map.batches());
                if (base > 0 && base < limit) {
                    readBatch(base, record, nextBase, sequence, limit);
                }
            });
            readStraysBehind(sequence, limit);
            if (known != null && sequence.expected() < known.nextIndex()) {
                sequence.lost(known.nextIndex(), DATA_FILE, lastDamageOffset(), "no record holds them");
            }
            sequence.flush();
            tellOfUnreadable();
            return layout(known, sequence);
        }

        private void tellOfHead() throws IOException {
            Set<String> names = disk.list();
            if (names.contains(Journal.FILE) && !names.contains(SequenceMark.FILE)) {
                visitor.damage(LogDamage.ofBookkeeping(
                        SequenceMark.FILE, 0, "the file is missing: a lost commit can't be told from a crash"));
            }
            JournalScan.Damage journal = file.journalDamage();
            if (journal != null) {
                visitor.damage(LogDamage.ofBookkeeping(
                        Journal.FILE,
                        journal.offset(),
                        journal.what() + ": the entries of it and of those behind are lost"));
            }
            String head = file.headDamage();
            if (head != null) {
                visitor.damage(LogDamage.ofBookkeeping(DATA_FILE, 0, head));
            }
            if (file.brokenLink() >= 0) {
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE,
                        file.brokenLink(),
                        "the link to the next page of the engine's index does not match its check: records that only it"
                                + " leads to are lost"));
            }
        }

        /** Nobody knows what these were; at the end of the log, how many entries were in them. */
        private void tellOfUnreadable() {
            if (!map.damaged().isEmpty()) {
                Place first = map.damaged().get(0);
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE,
                        first.offset(0),
                        map.damaged().size() + " records that nothing leads to can't be read ("
                                + (first.state() == State.CUT
                                        ? "the file ends at offset " + file.size()
                                        : "the engine's index does not match its check")
                                + "): entries behind the last one found may have been in them"));
            }
        }

        private @Nullable RangeRecord range(long record) throws IOException {
            Place place = file.place(record);
            ByteBuffer value = place.state() == State.WHOLE ? BatchMap.batch(file.bytes(place)) : null;
            if (value == null || !RangeRecord.isWhole(value)) {
                return null;
            }
            RangeRecord found = RangeRecord.get(value);
            if (found.format() > RangeRecord.FORMAT) {
                throw new LogException(
                        Kind.NEWER_FORMAT,
                        DATA_FILE + " has format " + found.format() + "; this build reads up to " + RangeRecord.FORMAT
                                + ": run the build that wrote it, or a newer one");
            }
            return found;
        }

        /** The leaf that leads to it may be lost. */
        private @Nullable RangeRecord strayRange() throws IOException {
            for (long record : map.others()) {
                RangeRecord found = range(record);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }

        private void readBatch(long base, long record, long nextBase, EntrySequence sequence, long limit)
                throws IOException {
            Place place = file.place(record);
            ByteBuffer batch = place.state() == State.WHOLE ? BatchMap.batch(file.bytes(place)) : null;
            if (batch == null) {
                long next = nextBase > base ? nextBase : base + 1;
                sequence.lost(Math.min(next, limit), DATA_FILE, place.offset(0), whyNoBatch(place));
                return;
            }
            int prefix = place.bytes() - batch.limit();
            long index = base;
            int at = 0;
            while (at < batch.limit() && index < limit && (nextBase == 0 || index < nextBase)) {
                int next = BatchCodec.next(batch, at);
                LogEntry entry = next < 0 ? null : BatchCodec.entryAt(batch, index, at);
                if (entry != null) {
                    sequence.found(copy(entry), DATA_FILE, place.offset(prefix + at));
                    at = next;
                    index++;
                    continue;
                }
                long offset = place.offset(prefix + at);
                if (next >= 0 && follows(batch, next, index + 1)) {
                    sequence.lost(
                            index + 1, DATA_FILE, offset, "its " + (next - at) + " bytes do not match their checksum");
                    at = next;
                    index++;
                    continue;
                }
                at = resume(batch, at + 1, index, nextBase);
                long resumed = at < 0 ? Math.max(nextBase, index + 1) : solved(batch, at);
                sequence.lost(Math.min(resumed, limit), DATA_FILE, offset, "a part of the batch is damaged");
                if (at < 0) {
                    return;
                }
                index = resumed;
            }
        }

        /** True if the batch ends here or goes on with a whole entry. */
        private boolean follows(ByteBuffer batch, int at, long index) {
            return at == batch.limit() || BatchCodec.entryAt(batch, index, at) != null;
        }

        /** Where in a batch, from a place on, an entry of an index behind this one begins; -1 if nowhere. */
        private int resume(ByteBuffer batch, int from, long index, long nextBase) {
            for (int at = from; at + BatchCodec.HEADER_BYTES <= batch.limit(); at++) {
                if (BatchCodec.next(batch, at) >= 0 && batch.getLong(at + 8) >= 0) {
                    long found = solved(batch, at);
                    long most = index + (batch.limit() - at) / BatchCodec.HEADER_BYTES + 1;
                    if (found > index && found <= most && (nextBase == 0 || found < nextBase)) {
                        return at;
                    }
                }
            }
            return -1;
        }

        private long solved(ByteBuffer batch, int at) {
            return IndexSolver.solve(batch, at, BatchCodec.next(batch, at));
        }

        private String whyNoBatch(Place place) {
            return switch (place.state()) {
                case CUT -> "the file ends at offset " + file.size();
                case DAMAGED -> "the engine's index or a link of the batch's record does not match its check";
                case NONE -> "the engine's index has no record of the batch";
                case WHOLE -> "the batch's record does not have the form of one";
            };
        }

        private @Nullable Stray stray(long index) {
            Map.Entry<Long, Long> batch = map.strays().floorEntry(index);
            if (batch == null) {
                return null;
            }
            try {
                Place place = file.place(batch.getValue());
                byte[] record = file.bytes(place);
                ByteBuffer bytes = BatchMap.batch(record);
                int at = 0;
                for (long i = batch.getKey(); bytes != null && at >= 0 && at < bytes.limit(); i++) {
                    if (i == index) {
                        LogEntry entry = BatchCodec.entryAt(bytes, index, at);
                        return entry == null
                                ? null
                                : new Stray(copy(entry), DATA_FILE, place.offset(record.length - bytes.limit() + at));
                    }
                    at = BatchCodec.next(bytes, at);
                }
                return null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Entries that follow the last one which the tree leads to: the leaf that led to them is lost. */
        private void readStraysBehind(EntrySequence sequence, long limit) {
            long from = sequence.expected();
            long next = from;
            while (next > 0 && next < limit && stray(next) != null) {
                next++;
            }
            if (next > from) {
                sequence.lost(next, DATA_FILE, lastDamageOffset(), "a leaf of the tree is lost");
            }
        }

        private long lastDamageOffset() {
            return map.damaged().isEmpty()
                    ? 0
                    : map.damaged().get(map.damaged().size() - 1).offset(0);
        }

        private LogEntry copy(LogEntry entry) {
            ByteBuffer data = ByteBuffer.allocate(entry.bytes());
            data.put(entry.data().duplicate()).flip();
            return new LogEntry(entry.index(), entry.term(), data.asReadOnlyBuffer());
        }

        private LogLayout layout(@Nullable RangeRecord known, EntrySequence sequence) throws IOException {
            FreeLists free = FreeLists.read(file::read);
            long first = Math.max(1, sequence.first());
            long next = Math.max(sequence.expected(), known == null ? first : known.nextIndex());
            List<Fact> facts = new ArrayList<>();
            facts.add(new Fact("format", String.valueOf(RangeRecord.FORMAT)));
            facts.add(new Fact("batches", String.valueOf(map.batches())));
            return new LogLayout(
                    first, Math.max(first, next), files(), free.freeBytes(), free.entries(), free.listBytes(), facts);
        }
    }
}
