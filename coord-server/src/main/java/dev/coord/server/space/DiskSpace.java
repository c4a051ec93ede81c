package dev.coord.server.space;

import dev.coord.server.command.Command;
import dev.coord.server.command.TxnOp;
import dev.coord.server.command.WriteGuard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the room on the disk of a data directory. When it gets low, writes that make the store larger are refused, the ballast
 * file is given up, and everything else goes on: reads, deletes, deregistrations, changes of health, renewals. It ends by itself,
 * once there is more room than the ballast has given.
 *
 * <p>It looks twice a second; the limit leaves room for what may come in between.
 */
public final class DiskSpace implements WriteGuard, AutoCloseable {

    /** Where the disk is looked at. */
    @FunctionalInterface
    interface Probe {
        Room look() throws IOException;
    }

    /** What a disk has. */
    record Room(long freeBytes, long totalBytes) {}

    static final String BALLAST = "ballast";

    private static final Logger LOG = LoggerFactory.getLogger(DiskSpace.class);
    private static final long LOOK_MILLIS = 500;
    private static final int BLOCK_BYTES = 1 << 20;

    private final Path ballast;
    private final SpaceSettings settings;
    private final Probe probe;
    private final InstantSource clock;
    private final LongAdder refused = new LongAdder();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread made = new Thread(work, "coord-space");
        made.setDaemon(true);
        return made;
    });

    /** Written by the one thread (and once before it starts), read by anybody. */
    private volatile SpaceStatus status = new SpaceStatus(0, 0, false, 0, 0, 0, 0, "");

    /** @param dataDir whose disk counts; the ballast lies in it */
    public static DiskSpace of(Path dataDir, SpaceSettings settings, InstantSource clock) {
        return new DiskSpace(
                dataDir,
                settings,
                () -> {
                    FileStore store = Files.getFileStore(dataDir);
                    return new Room(store.getUsableSpace(), store.getTotalSpace());
                },
                clock);
    }

    DiskSpace(Path dataDir, SpaceSettings settings, Probe probe, InstantSource clock) {
        this.ballast = dataDir.resolve(BALLAST);
        this.settings = settings;
        this.probe = probe;
        this.clock = clock;
    }

    /** Looks once, on the caller's thread, and from then on again and again. */
    public void start() {
        look();
        ScheduledFuture<?> unused = thread.scheduleWithFixedDelay(this::look, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    public SpaceStatus status() {
        SpaceStatus now = status;
        return new SpaceStatus(
                now.freeBytes(),
                now.totalBytes(),
                now.low(),
                now.ballastBytes(),
                now.lowSinceMillis(),
                now.timesLow(),
                refused.sum(),
                now.error());
    }

    public SpaceSettings settings() {
        return settings;
    }

    void look() {
        SpaceStatus before = status;
        try {
            Room room = probe.look();
            boolean low = settings.lowBytes() > 0 && isLow(before, room);
            if (low && !before.low()) {
                LOG.error(
                        "The disk of {} is low: {} bytes free, limit {}. Writes that make the store larger are refused; reads,"
                                + " deletes and renewals go on",
                        ballast.toAbsolutePath().getParent(),
                        room.freeBytes,
                        settings.lowBytes());
            } else if (!low && before.low()) {
                LOG.warn("There is room on the disk again: {} bytes free. All writes are taken", room.freeBytes);
            }
            // Refused first: writing the ballast may take a while, and giving it up makes room that must not count.
            status = new SpaceStatus(
                    room.freeBytes,
                    room.totalBytes,
                    low,
                    low ? 0 : before.ballastBytes(),
                    low ? (before.low() ? before.lowSinceMillis() : clock.millis()) : 0,
                    before.timesLow() + (low && !before.low() ? 1 : 0),
                    0,
                    "");
            keepBallast(low, room);
            status = withBallast(ballastBytes());
        } catch (IOException | RuntimeException e) {
            status = new SpaceStatus(
                    before.freeBytes(),
                    before.totalBytes(),
                    before.low(),
                    before.ballastBytes(),
                    before.lowSinceMillis(),
                    before.timesLow(),
                    0,
                    e.toString());
            if (before.error().isEmpty()) {
                LOG.warn("The room on the disk of {} can't be seen: {}", ballast, e.toString());
            }
        }
    }

    private SpaceStatus withBallast(long bytes) {
        SpaceStatus now = status;
        return new SpaceStatus(
                now.freeBytes(),
                now.totalBytes(),
                now.low(),
                bytes,
                now.lowSinceMillis(),
                now.timesLow(),
                0,
                now.error());
    }

    /** What the ballast gave when it was given up is not room that came back. */
    private boolean isLow(SpaceStatus before, Room room) {
        if (!before.low()) {
            return room.freeBytes < settings.lowBytes();
        }
        long given = settings.ballastBytes() - before.ballastBytes();
        return room.freeBytes - given < settings.enoughBytes();
    }

    private long ballastBytes() throws IOException {
        return Files.exists(ballast) ? Files.size(ballast) : 0;
    }

    private void keepBallast(boolean low, Room room) throws IOException {
        long has = ballastBytes();
        if (low || settings.ballastBytes() == 0) {
            if (has > 0) {
                Files.delete(ballast);
                LOG.warn("The ballast of {} bytes was given up", has);
            }
        } else if (has < settings.ballastBytes()
                && room.freeBytes - (settings.ballastBytes() - has) > settings.enoughBytes()) {
            writeBallast();
        }
    }

    /** Written, not left as a hole, so that the disk gives it room. */
    private void writeBallast() throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        try (FileChannel channel = FileChannel.open(
                ballast, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (long left = settings.ballastBytes(); left > 0 && !thread.isShutdown(); left -= block.limit()) {
                block.clear().limit((int) Math.min(left, BLOCK_BYTES));
                while (block.hasRemaining()) {
                    channel.write(block);
                }
            }
            channel.force(true);
        }
    }

    @Override
    public @Nullable String refusal(Command command) {
        SpaceStatus now = status;
        if (!now.low() || isTaken(command, now)) {
            return null;
        }
        refused.increment();
        return "the leader's disk is low: " + now.freeBytes() + " bytes free; nothing is stored before "
                + settings.enoughBytes() + " are; deletes are taken";
    }

    private boolean isTaken(Command command, SpaceStatus now) {
        if (command instanceof Command.KvPut put) {
            return put.release() != null;
        } else if (command instanceof Command.Txn txn) {
            return txn.ops().stream().noneMatch(DiskSpace::grows);
        } else if (command instanceof Command.Register || command instanceof Command.CreateSession) {
            return now.freeBytes() >= settings.scarceBytes();
        }
        return !(command instanceof Command.ChangeFlags
                || command instanceof Command.SetQuery
                || command instanceof Command.FireEvent
                || command instanceof Command.UpdateCoordinates
                || command instanceof Command.RestoreChunk);
    }

    private static boolean grows(TxnOp operation) {
        TxnOp.Verb verb = verb(operation);
        return verb == TxnOp.Verb.SET || verb == TxnOp.Verb.CAS || verb == TxnOp.Verb.LOCK;
    }

    private static TxnOp.Verb verb(TxnOp operation) {
        if (operation instanceof TxnOp.Kv kv) {
            return kv.verb();
        } else if (operation instanceof TxnOp.Node node) {
            return node.verb();
        } else if (operation instanceof TxnOp.Service service) {
            return service.verb();
        }
        return ((TxnOp.Check) operation).verb();
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
