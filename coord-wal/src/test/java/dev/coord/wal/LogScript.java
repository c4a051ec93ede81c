package dev.coord.wal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A seeded run of operations on a log. Every entry that is ever proposed differs from every other. */
public final class LogScript {

    /** One operation. */
    public sealed interface Operation {

        /** Does it. */
        void on(LogStore log);

        /** What a log may hold after a crash in the middle of it: never less than one. The last is what it should. */
        List<Contents> outcomes(Contents before);

        default Contents outcome(Contents before) {
            List<Contents> outcomes = outcomes(before);
            return outcomes.get(outcomes.size() - 1);
        }
    }

    record Append(List<LogEntry> batch) implements Operation {
        @Override
        public void on(LogStore log) {
            log.append(batch);
        }

        @Override
        public List<Contents> outcomes(Contents before) {
            List<Contents> outcomes = new ArrayList<>();
            for (int kept = 0; kept <= batch.size(); kept++) {
                outcomes.add(before.append(batch.subList(0, kept)));
            }
            return outcomes;
        }

        @Override
        public String toString() {
            LogEntry last = batch.get(batch.size() - 1);
            return "append " + batch.get(0).index() + ".." + last.index() + " at term " + last.term();
        }
    }

    record TruncatePrefix(long firstKept) implements Operation {
        @Override
        public void on(LogStore log) {
            log.truncatePrefix(firstKept);
        }

        @Override
        public List<Contents> outcomes(Contents before) {
            return List.of(before, before.truncatePrefix(firstKept));
        }
    }

    record TruncateSuffix(long nextKept) implements Operation {
        @Override
        public void on(LogStore log) {
            log.truncateSuffix(nextKept);
        }

        @Override
        public List<Contents> outcomes(Contents before) {
            return List.of(before, before.truncateSuffix(nextKept));
        }
    }

    record Reset(long nextIndex) implements Operation {
        @Override
        public void on(LogStore log) {
            log.reset(nextIndex);
        }

        @Override
        public List<Contents> outcomes(Contents before) {
            return List.of(before, new Contents(nextIndex, List.of()));
        }
    }

    /** Close and open anew; whoever runs the script does it. */
    record Reopen() implements Operation {
        @Override
        public void on(LogStore log) {
            throw new IllegalStateException("reopening is up to the runner");
        }

        @Override
        public List<Contents> outcomes(Contents before) {
            return List.of(before);
        }
    }

    private final Random random;
    private final int entryBytesMax;

    /** Grows with each entry proposed, so that no two are alike. */
    private long term;

    public LogScript(long seed, int entryBytesMax) {
        this.random = new Random(seed);
        this.entryBytesMax = entryBytesMax;
    }

    /** An operation that a log with these contents accepts. */
    public Operation next(Contents now) {
        long first = now.firstIndex();
        long next = now.nextIndex();
        int dice = random.nextInt(100);
        if (dice < 60) {
            return new Append(batch(next));
        } else if (dice < 75) {
            return new TruncateSuffix(next - (long) (random.nextDouble() * random.nextDouble() * (next - first + 1)));
        } else if (dice < 88) {
            return new TruncatePrefix(first + random.nextInt((int) (next - first) + 1));
        } else if (dice < 92) {
            return new Reset(Math.max(1, next + random.nextInt(41) - 20));
        } else {
            return new Reopen();
        }
    }

    /** A batch that a log accepts at an index. */
    public List<LogEntry> batch(long next) {
        List<LogEntry> batch = new ArrayList<>();
        int count = 1 + (random.nextInt(3) == 0 ? random.nextInt(12) : random.nextInt(3));
        for (int i = 0; i < count; i++) {
            int bytes = random.nextInt(8) == 0 ? random.nextInt(entryBytesMax + 1) : random.nextInt(60);
            byte[] data = new byte[bytes];
            random.nextBytes(data);
            batch.add(new LogEntry(next + i, ++term, ByteBuffer.wrap(data)));
        }
        return batch;
    }

    public static boolean isReopen(Operation operation) {
        return operation instanceof Reopen;
    }
}
