package dev.coord.wal.lmdb;

import dev.coord.wal.EntrySequence;
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
import dev.coord.wal.lmdb.PageFile.Data;
import dev.coord.wal.lmdb.PageFile.Meta;
import dev.coord.wal.lmdb.PageFile.Page;
import dev.coord.wal.lmdb.TreeSurvey.Lost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file of an {@code lmdb} log without the engine, past whatever damage is in it. Where the engine would map a
 * damaged or cut file and end the process, this names page and entries, and goes on with what is whole: also with pages
 * that the damaged tree does not lead to any more.
 */
public final class LmdbLogReader implements LogReader {

    static final String DATA_FILE = "data.mdb";
    private static final String LOCK_FILE = "lock.mdb";

    private final Path directory;

    public LmdbLogReader(Path directory) {
        this.directory = directory;
    }

    @Override
    public LogLayout read(LogVisitor visitor) throws IOException {
        Path path = directory.resolve(DATA_FILE);
        if (!Files.exists(path) || Files.size(path) == 0) {
            visitor.damage(LogDamage.ofBookkeeping(
                    DATA_FILE, 0, Files.exists(path) ? "the file is empty" : "the file is missing"));
            return new LogLayout(1, 1, files(), 0, 0, 0, List.of());
        }
        try (PageFile file = new PageFile(path)) {
            return new Reading(file, visitor).run();
        }
    }

    private List<LogFile> files() throws IOException {
        List<LogFile> files = new ArrayList<>();
        for (String name : List.of(DATA_FILE, LOCK_FILE, SequenceMark.FILE)) {
            Path path = directory.resolve(name);
            if (Files.exists(path)) {
                files.add(new LogFile(name, Files.size(path), purpose(name)));
            }
        }
        return files;
    }

    private static String purpose(String name) {
        return switch (name) {
            case DATA_FILE -> "pages of the tree and of the free list";
            case LOCK_FILE -> "the engine's readers";
            default -> "the last acknowledged transaction";
        };
    }

    /** One time through the file. */
    private final class Reading {

        private final PageFile file;
        private final LogVisitor visitor;
        private final TreeSurvey survey;
        private final ValueCodec codec = new ValueCodec();
        private @Nullable StrayEntries strays;

        /** Where a node was whose key can't be told. */
        private @Nullable Long suspect;

        Reading(PageFile file, LogVisitor visitor) {
            this.file = file;
            this.visitor = visitor;
            this.survey = new TreeSurvey(file);
        }

        LogLayout run() throws IOException {
            Meta meta = meta();
            if (meta == null) {
                survey.lost().add(new Lost(0, 0, Long.MAX_VALUE));
            } else {
                survey.surveyFreeList(meta.freeRoot(), meta.lastPage());
                survey.surveyEntries(meta.mainRoot());
                tellOfFreeList();
                tellOfMark(meta);
            }
            if (!survey.lost().isEmpty()) {
                strays = new StrayEntries(file, survey.lost());
                strays.search(survey);
            }
            RangeRecord range = range(meta);
            long first = range != null ? range.firstIndex() : 0;
            long end = end(meta, range);
            EntrySequence sequence = new EntrySequence(visitor, first == 0 ? firstFound() : first, this::stray);
            long limit = range != null && range.sweeping() ? range.nextIndex() : Long.MAX_VALUE;
            readLeaves(sequence, end, limit);
            if (sequence.expected() < end) {
                sequence.lost(end, DATA_FILE, lastOffset(), lastReason(meta));
            }
            sequence.flush();
            return layout(meta, Math.max(1, sequence.first()), Math.max(end, sequence.expected()));
        }

        private EntrySequence.@Nullable Stray stray(long index) {
            return strays == null ? null : strays.get(index);
        }

        private @Nullable Meta meta() throws IOException {
            Meta first = file.firstMeta();
            Meta second = file.secondMeta(first != null);
            if (first == null || second == null) {
                String none = "neither header page has the engine's mark: all pages were searched, and entries that the"
                        + " log had forgotten may be among those found";
                String one = "this header page does not have the engine's mark; the other one counts, which may be one"
                        + " transaction behind";
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE, first == null ? 0 : file.pageSize(), first == null && second == null ? none : one));
            }
            if (first == null || second == null) {
                return first == null ? second : first;
            }
            return first.transaction() > second.transaction() ? first : second;
        }

        private void tellOfMark(Meta meta) throws IOException {
            Disk disk = new ReadOnlyDisk(directory);
            SequenceMark.Mark mark = SequenceMark.read(disk);
            if (!disk.list().contains(SequenceMark.FILE)) {
                visitor.damage(LogDamage.ofBookkeeping(
                        SequenceMark.FILE, 0, "the file is missing: a lost transaction can't be told from a crash"));
            } else if (mark != null && mark.sequence() > meta.transaction()) {
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE,
                        0,
                        "the last transaction is " + meta.transaction() + ", but " + mark.sequence()
                                + " was acknowledged, after which the log went up to entry " + (mark.nextIndex() - 1)));
            }
        }

        private void tellOfFreeList() {
            for (long page : survey.lostOfFreeList()) {
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE, file.offset(page), "page " + page + " of the free list can't be read"));
            }
        }

        private @Nullable RangeRecord range(@Nullable Meta meta) throws IOException {
            long leaf = survey.leaves().isEmpty() ? -1 : survey.leaves().get(0);
            RangeRecord range = null;
            if (leaf >= 0) {
                Page page = file.page(leaf);
                Data data = page == null || page.node(0) < 0 || page.key(page.node(0)) != 0
                        ? null
                        : file.data(leaf, page.bytes(), page.node(0));
                ByteBuffer value = data == null ? ByteBuffer.allocate(0) : file.read(data.offset(), data.bytes());
                range = RangeRecord.isWhole(value) ? RangeRecord.get(value) : null;
            } else if (strays != null) {
                range = strays.range();
            }
            if (range == null && (leaf >= 0 || strays != null)) {
                visitor.damage(LogDamage.ofBookkeeping(
                        DATA_FILE,
                        leaf >= 0 ? file.offset(leaf) : 0,
                        "the range record is lost: where the log begins is only known from what was found"
                                + (meta == null
                                        ? ""
                                        : "; the header counts " + (meta.mainEntries() - 1) + " entries")));
            }
            if (range != null && range.format() > RangeRecord.FORMAT) {
                throw new LogException(
                        Kind.NEWER_FORMAT,
                        DATA_FILE + " has format " + range.format() + "; this build reads up to " + RangeRecord.FORMAT
                                + ": run the build that wrote it, or a newer one");
            }
            return range;
        }

        /** One past the last entry, as far as the headers know; 0 if they do not. */
        private long end(@Nullable Meta meta, @Nullable RangeRecord range) {
            long found = strays == null ? 0 : strays.last() + 1;
            if (range == null) {
                return meta == null ? found : 0;
            }
            if (range.sweeping() || meta == null) {
                return range.sweeping() ? range.nextIndex() : Math.max(range.nextIndex(), found);
            }
            return Math.max(range.nextIndex(), range.firstIndex() + meta.mainEntries() - 1);
        }

        private long firstFound() {
            boolean leavesBefore = !survey.leaves().isEmpty() && survey.leaves().get(0) >= 0;
            return strays == null || leavesBefore ? 0 : strays.first();
        }

        private void readLeaves(EntrySequence sequence, long end, long limit) throws IOException {
            long done = 0;
            for (long number : survey.leaves()) {
                visitor.progress(++done, survey.leaves().size());
                if (number < 0) {
                    Lost page = survey.lost().get((int) (-1L - number));
                    sequence.lost(
                            Math.min(page.end(), most(sequence, end)),
                            DATA_FILE,
                            file.offset(page.number()),
                            whyLost(page.number()));
                } else {
                    Page page = file.page(number);
                    if (page != null) {
                        readLeaf(page, sequence, limit);
                    }
                }
            }
            if (survey.leaves().isEmpty() && strays != null) {
                sequence.lost(most(sequence, end), DATA_FILE, 0, "no page holds them");
            }
        }

        /** Where the log ends at most, for those pages that do not say what they held. */
        private long most(EntrySequence sequence, long end) {
            return end > 0 ? Math.max(end, strayEnd()) : Math.max(sequence.expected(), strayEnd());
        }

        private long strayEnd() {
            return strays == null ? 0 : strays.last() + 1;
        }

        private void readLeaf(Page page, EntrySequence sequence, long limit) throws IOException {
            for (int i = 0; i < page.nodes(); i++) {
                int node = page.node(i);
                long key = node < 0 ? -1 : page.key(node);
                if (key == 0 || (key >= limit && limit == sequence.expected())) {
                    continue; // the range record, or what an interrupted truncation has left to delete
                }
                Data data = node < 0 ? null : file.data(page.number(), page.bytes(), node);
                long offset = data == null ? file.offset(page.number()) : data.offset();
                LogEntry entry = data == null ? null : codec.copy(key, file.read(offset, data.bytes()));
                if (entry != null && key < limit) {
                    if (suspect != null) {
                        sequence.lost(key, DATA_FILE, suspect, "a node of the page is damaged");
                        suspect = null;
                    }
                    sequence.found(entry, DATA_FILE, offset);
                } else if (entry == null && key == sequence.expected() && key > 0) {
                    sequence.lost(key + 1, DATA_FILE, offset, whyNoEntry(data));
                } else if (entry == null) {
                    suspect = offset;
                }
            }
        }

        private String whyNoEntry(@Nullable Data data) {
            if (data == null) {
                return "its node in the page is damaged";
            }
            return data.offset() + data.bytes() > file.size()
                    ? "the file ends at offset " + file.size()
                    : "its value of " + data.bytes() + " bytes does not match its checksum";
        }

        private String whyLost(long number) throws IOException {
            return number >= file.pages() || file.rawPage(number) == null
                    ? "the file ends at offset " + file.size()
                    : "page " + number + " is damaged";
        }

        private long lastOffset() {
            if (suspect != null) {
                return suspect;
            }
            return survey.lost().isEmpty()
                    ? 0
                    : file.offset(survey.lost().get(survey.lost().size() - 1).number());
        }

        private String lastReason(@Nullable Meta meta) throws IOException {
            if (suspect != null) {
                return "a node of the page is damaged";
            }
            if (!survey.lost().isEmpty()) {
                return whyLost(survey.lost().get(survey.lost().size() - 1).number());
            }
            return "the header counts " + (meta == null ? 0 : meta.mainEntries()) + " records, but the tree has fewer";
        }

        private LogLayout layout(@Nullable Meta meta, long first, long next) throws IOException {
            List<Fact> facts = new ArrayList<>();
            long free = 0;
            long freeListPages = 0;
            facts.add(new Fact("format", String.valueOf(RangeRecord.FORMAT)));
            facts.add(new Fact("page size", String.valueOf(file.pageSize())));
            if (meta != null) {
                MetaPages pages = MetaPages.read(directory.resolve(DATA_FILE), file.pageSize());
                free = survey.lostOfFreeList().isEmpty() && survey.freePages() > 0
                        ? survey.freePages()
                        : pages.freePages();
                freeListPages = pages.freeListPages();
                facts.add(new Fact("transaction", String.valueOf(meta.transaction())));
                facts.add(new Fact("pages in use", String.valueOf(pages.pagesInUse())));
                facts.add(new Fact("pages of the tree", String.valueOf(pages.mainPages())));
                facts.add(new Fact("pages free", String.valueOf(free)));
            }
            return new LogLayout(
                    first,
                    Math.max(first, next),
                    files(),
                    free * file.pageSize(),
                    free,
                    freeListPages * file.pageSize(),
                    facts);
        }
    }
}
