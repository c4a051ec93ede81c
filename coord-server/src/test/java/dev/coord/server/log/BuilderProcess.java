package dev.coord.server.log;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * A process that appends to a log and says after each append up to where, while the log is compacted and its backend changed
 * again and again, until it is killed.
 */
final class BuilderProcess {

    static final LogOptions OPTIONS = LogOptions.DEFAULT.withSegmentBytes(64 << 10);

    private static final List<String> BACKENDS = List.of("mapdb", "segment", "lmdb");
    private static final int ENTRIES_KEPT = 300;

    private BuilderProcess() {}

    /** Arguments: directory. */
    public static void main(String[] arguments) {
        LiveLog log = LiveLog.open(Path.of(arguments[0]), "mapdb", OPTIONS);
        LogOperations operations =
                new LogOperations(log, LogSettings.of(() -> false, () -> "", LogSettings.FREE_BYTES_MIN_DEFAULT));
        Thread changes = new Thread(() -> change(log, operations), "changes");
        changes.setDaemon(true);
        changes.start();
        for (int round = 1; ; round++) {
            List<LogEntry> batch = new ArrayList<>();
            for (long index = log.nextIndex(); batch.size() < 1 + round % 20; index++) {
                batch.add(entry(index));
            }
            log.append(batch);
            if (round % 50 == 0) {
                log.truncatePrefix(Math.max(log.firstIndex(), log.nextIndex() - ENTRIES_KEPT));
            }
            System.out.println(log.firstIndex() + " " + log.nextIndex());
        }
    }

    private static void change(LiveLog log, LogOperations operations) {
        for (int round = 0; ; round++) {
            if (round % 2 == 0) {
                String next = BACKENDS.get((BACKENDS.indexOf(log.backend()) + 1) % BACKENDS.size());
                CompletableFuture<BuildOutcome> shadow = operations.startShadow(next);
                operations.takeOver().join();
                shadow.join();
            } else if (!log.backend().equals("segment")) {
                BuildOutcome outcome = operations.compact().join();
                if (outcome.result() != BuildOutcome.Result.TOOK_OVER) {
                    throw new AssertionError(outcome.message());
                }
            }
            System.out.println("took over: " + log.backend());
        }
    }

    static LogEntry entry(long index) {
        Random random = new Random(index);
        byte[] data = new byte[random.nextInt(2_000)];
        random.nextBytes(data);
        return new LogEntry(index, 1 + index / 1_000, ByteBuffer.wrap(data));
    }
}
