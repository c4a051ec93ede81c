package dev.coord.server.raft;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import dev.coord.server.jfr.AppendEvent;
import dev.coord.wal.LogException;
import dev.coord.wal.LogStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * JRaft's log on a {@link LogStore}. Where JRaft wants {@code false} or 0 for a failure, this fails the whole server and
 * throws: a log that could not be written must not be waited for, retried or ignored.
 *
 * <p>Threads: JRaft's log thread alone mutates; its replicators and state machine read.
 */
final class WalLogStorage implements LogStorage {

    private final LogStore store;
    private final DataDirectory directory;
    private final Failure failure;

    /**
     * What the truncation before asked for; at first, where the log begins. Written by the log thread, read by anybody.
     * JRaft checks an index against its own range and reads it
     * from here afterwards, without a lock in between; were the entry gone by then, it would take its log for damaged
     * and stop. So entries go one truncation later than asked, when no reader can have them in mind any more.
     */
    private volatile long truncatedBefore;

    /** Written by the log thread, read by anybody, also after the store was closed. */
    private volatile long lastIndex;

    private final AppendTimes times = new AppendTimes();

    /** When the append that is under way began, {@link System#nanoTime}; 0: none is. Written by the log thread. */
    private volatile long appendBegunNanos;

    WalLogStorage(LogStore store, DataDirectory directory, Failure failure) {
        this.store = store;
        this.directory = directory;
        this.failure = failure;
        truncatedBefore = store.firstIndex();
        lastIndex = store.nextIndex() - 1;
    }

    /** Index of the newest entry on disk; any thread. */
    long lastIndex() {
        return lastIndex;
    }

    /** Index of the first entry that JRaft takes this log to hold; any thread. */
    long firstIndex() {
        return truncatedBefore;
    }

    /** How long the append that is under way has taken so far, nanoseconds; 0 when none is. Any thread. */
    long appendUnderWayNanos() {
        long begun = appendBegunNanos;
        return begun == 0 ? 0 : System.nanoTime() - begun;
    }

    /** Filled while a flight recording is made. */
    AppendTimes times() {
        return times;
    }

    @Override
    public boolean init(LogStorageOptions options) {
        return orFail("read the log from the newest snapshot on", () -> {
            reloadConfigurations(options.getConfigurationManager());
            return true;
        });
    }

    /**
     * JRaft keeps the configurations of the group in memory only; they come back from their entries. Only from those after
     * the newest snapshot: it names the configuration that held at its last entry, JRaft loads it before anything else, and
     * no configuration is asked for by an index below. The entries that the log keeps before it are for slow followers; to
     * read and check them all would make a start take as long as the log.
     */
    private void reloadConfigurations(ConfigurationManager configurations) {
        for (long index = Math.max(store.firstIndex(), snapshotIndex() + 1); index < store.nextIndex(); index++) {
            dev.coord.wal.LogEntry stored = store.read(index);
            if (EntryCodec.isConfiguration(stored)) {
                configurations.add(configurationOf(EntryCodec.decode(stored)));
            }
        }
    }

    private long snapshotIndex() {
        try {
            return directory.snapshotIndex();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ConfigurationEntry configurationOf(LogEntry entry) {
        ConfigurationEntry configuration = new ConfigurationEntry();
        configuration.setId(entry.getId().copy());
        configuration.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
        if (entry.getOldPeers() != null) {
            configuration.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
        }
        return configuration;
    }

    @Override
    public void shutdown() {
        store.close();
    }

    @Override
    public long getFirstLogIndex() {
        return store.firstIndex();
    }

    /** One before the next index also when the log is empty: after {@code reset(n)} JRaft takes n - 1 for its last. */
    @Override
    public long getLastLogIndex() {
        return lastIndex;
    }

    /** Null outside of the range, which JRaft asks for when it wants the term before the first entry. */
    @Override
    public @Nullable LogEntry getEntry(long index) {
        return orFail("read log entry " + index, () -> {
            if (index < store.firstIndex() || index >= store.nextIndex()) {
                return null;
            }
            return EntryCodec.decode(store.read(index));
        });
    }

    @Override
    @SuppressWarnings("deprecation")
    public long getTerm(long index) {
        return orFail(
                "read the term of log entry " + index,
                () -> index < store.firstIndex() || index >= store.nextIndex() ? 0L : store.term(index));
    }

    @Override
    public boolean appendEntry(LogEntry entry) {
        return appendEntries(List.of(entry)) == 1;
    }

    /** One append, one sync, however many entries JRaft has gathered. */
    @Override
    public int appendEntries(List<LogEntry> entries) {
        List<dev.coord.wal.LogEntry> batch = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            batch.add(EntryCodec.encode(entry));
        }
        return orFail("append " + entries.size() + " entries to the log", () -> {
            appendBegunNanos = System.nanoTime() | 1;
            append(batch);
            appendBegunNanos = 0;
            lastIndex = store.nextIndex() - 1;
            return batch.size();
        });
    }

    private void append(List<dev.coord.wal.LogEntry> batch) {
        AppendEvent event = new AppendEvent();
        if (!event.isEnabled()) {
            store.append(batch);
            return;
        }
        long syncedBefore = store.syncLatency().totalNanos();
        event.begin();
        store.append(batch);
        event.end();
        times.durable(batch.get(batch.size() - 1).index(), System.nanoTime());
        event.appended(
                batch.get(0).index(),
                batch.size(),
                batch.stream().mapToLong(dev.coord.wal.LogEntry::bytes).sum(),
                store.syncLatency().totalNanos() - syncedBefore);
    }

    @Override
    public boolean truncatePrefix(long firstKept) {
        return orFail("forget the log before entry " + firstKept, () -> {
            if (firstKept > store.nextIndex()) {
                // A snapshot from the leader is ahead of all that this log holds.
                store.reset(firstKept);
                lastIndex = firstKept - 1;
            } else {
                store.truncatePrefix(truncatedBefore);
            }
            truncatedBefore = firstKept;
            return true;
        });
    }

    @Override
    public boolean truncateSuffix(long lastKept) {
        return orFail("forget the log after entry " + lastKept, () -> {
            store.truncateSuffix(lastKept + 1);
            lastIndex = store.nextIndex() - 1;
            return true;
        });
    }

    @Override
    public boolean reset(long nextIndex) {
        return orFail("start the log anew at entry " + nextIndex, () -> {
            store.reset(nextIndex);
            lastIndex = nextIndex - 1;
            truncatedBefore = nextIndex;
            return true;
        });
    }

    private <T extends @Nullable Object> T orFail(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (LogException e) {
            if (e.kind() != LogException.Kind.CLOSED) {
                failure.fail("could not " + what + ": " + e.getMessage(), e);
            }
            throw e;
        } catch (RuntimeException e) {
            failure.fail("could not " + what + ": " + e, e);
            throw e;
        }
    }
}
