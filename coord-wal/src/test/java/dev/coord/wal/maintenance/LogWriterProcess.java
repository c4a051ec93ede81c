package dev.coord.wal.maintenance;

import dev.coord.wal.LogEntry;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.LogStoreContract;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that writes to a log and says after each append up to where, until it is killed. */
final class LogWriterProcess {

    static final LogOptions OPTIONS = new LogOptions(64 << 10, 4 << 10);

    private LogWriterProcess() {}

    /** Arguments: directory, backend. */
    public static void main(String[] arguments) {
        try (LogStore log = LogDirectory.open(Path.of(arguments[0]), arguments[1], OPTIONS)) {
            for (int round = 1; ; round++) {
                List<LogEntry> batch = new ArrayList<>();
                long next = log.nextIndex();
                for (long index = next; index < next + 1 + round % 30; index++) {
                    batch.add(LogStoreContract.entry(index));
                }
                log.append(batch);
                if (round % 7 == 0) {
                    log.truncateSuffix(log.nextIndex() - batch.size() / 2);
                }
                if (round % 50 == 0) {
                    log.truncatePrefix(log.nextIndex() - 200);
                }
                System.out.println(log.firstIndex() + " " + log.nextIndex());
            }
        }
    }
}
