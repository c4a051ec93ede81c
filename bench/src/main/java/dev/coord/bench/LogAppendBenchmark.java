package dev.coord.bench;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStats;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * P5: appending a batch of entries of 256 bytes so that it survives a crash, in each backend, beside a bare loop of one
 * positional write and one {@code fdatasync} of as many bytes into a file that grows ({@code bare}), or into one that was
 * filled with zeros before ({@code filled}). All write into the working directory's file system, or the one that
 * {@code -Djava.io.tmpdir} names.
 *
 * <p>Between iterations each log is cut to its last entry, as a server does after a snapshot, so that it stays bounded;
 * the bare files begin anew. Each iteration proves what it measured: that many entries are in the log, with one sync for
 * a batch.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 2)
public class LogAppendBenchmark {

    private static final int ENTRY_BYTES = 256;
    private static final int FILE_BYTES = 64 << 20;

    /** A backend's name, {@code bare} or {@code filled}. */
    @Param({"bare", "filled", "segment", "lmdb", "mapdb"})
    public String target = "";

    @Param({"1", "64", "512"})
    public int batch;

    private final ByteBuffer data = ByteBuffer.allocate(ENTRY_BYTES);
    private @Nullable Path directory;
    private @Nullable LogStore log;
    private @Nullable FileChannel file;
    private @Nullable ByteBuffer bare;
    private long position;
    private long appends;
    private long syncsBefore;
    private long firstIndex;

    @Setup(Level.Trial)
    public void open() throws IOException {
        new Random(1).nextBytes(data.array());
        Path fresh = Files.createTempDirectory("coord-log-append");
        directory = fresh;
        if (target.equals("bare") || target.equals("filled")) {
            bare = ByteBuffer.allocateDirect(batch * ENTRY_BYTES);
        } else {
            log = LogDirectory.open(fresh, target, LogOptions.DEFAULT);
        }
    }

    @Setup(Level.Iteration)
    public void beginIteration() throws IOException {
        appends = 0;
        LogStore store = log;
        if (store != null) {
            firstIndex = store.nextIndex();
            syncsBefore = store.stats().syncs();
        } else if (directory != null) {
            Path path = directory.resolve("bare");
            Files.deleteIfExists(path);
            FileChannel fresh = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            if (target.equals("filled")) {
                ByteBuffer zeros = ByteBuffer.allocateDirect(FILE_BYTES);
                fresh.write(zeros, 0);
                fresh.force(true);
            }
            file = fresh;
            position = 0;
        }
    }

    @TearDown(Level.Iteration)
    public void endIteration() throws IOException {
        LogStore store = log;
        if (store != null) {
            LogStats stats = store.stats();
            long entries = store.nextIndex() - firstIndex;
            if (entries != appends * batch || stats.syncs() - syncsBefore < appends) {
                throw new IllegalStateException(appends + " appends of " + batch + " left " + entries + " entries and "
                        + (stats.syncs() - syncsBefore) + " syncs");
            }
            store.truncatePrefix(store.nextIndex() - 1);
        } else if (file != null) {
            file.close();
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        if (log != null) {
            log.close();
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Benchmark
    public long append() throws IOException {
        LogStore store = log;
        appends++;
        if (store == null) {
            return appendBare();
        }
        long next = store.nextIndex();
        List<LogEntry> entries = new ArrayList<>(batch);
        for (int i = 0; i < batch; i++) {
            entries.add(new LogEntry(next + i, 1, data));
        }
        store.append(entries);
        return next;
    }

    private long appendBare() throws IOException {
        FileChannel to = file;
        ByteBuffer bytes = bare;
        if (to == null || bytes == null) {
            throw new IllegalStateException("no file");
        }
        if (target.equals("filled") && position + bytes.capacity() > FILE_BYTES) {
            position = 0;
        }
        bytes.clear();
        while (bytes.hasRemaining()) {
            position += to.write(bytes, position);
        }
        to.force(false);
        return position;
    }
}
