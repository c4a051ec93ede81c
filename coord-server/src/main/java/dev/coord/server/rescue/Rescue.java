package dev.coord.server.rescue;

import dev.coord.server.archive.ArchiveException;
import dev.coord.server.archive.SnapshotArchive;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.SnapshotFormatException;
import dev.coord.server.state.State;
import dev.coord.wal.LogLayout;
import dev.coord.wal.maintenance.LogScan;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts a state together: the newest good snapshot, then the log after it, command by command.
 *
 * <p>Where the log has a hole it stops, because what follows may build on what is missing: a state before the hole is one that
 * was. Going on past it ({@code pastDamage}) gives more, but a state that never was. With nothing to begin with, neither a good
 * snapshot nor a log from entry 1, there is no such state, and it goes on anyway.
 */
public final class Rescue {

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int GZIP = 0x1f8b;

    private final boolean pastDamage;
    private final ProgressListener progress;
    private final List<String> notes = new ArrayList<>();
    private long notesInAll;
    private boolean whole = true;

    private Rescue(boolean pastDamage, ProgressListener progress) {
        this.pastDamage = pastDamage;
        this.progress = progress;
    }

    /** @throws IOException when a file can't be read at all; damage is none of this */
    public static Rescued read(RescueSource source, boolean pastDamage, ProgressListener progress) throws IOException {
        return new Rescue(pastDamage, progress).read(source);
    }

    private Rescued read(RescueSource source) throws IOException {
        Base base = base(source);
        LogScan log = source.log();
        LogReplay replay = new LogReplay(base.state, base.index, base.good, pastDamage, progress, this::miss);
        Rescued.LogFound found = null;
        if (log == null) {
            if (!Files.isRegularFile(source.given())) {
                miss("no log: " + source.noLog() + "; what was written after the snapshot is not here");
            }
        } else {
            LogLayout layout = log.read(replay);
            replay.end();
            found = new Rescued.LogFound(
                    log.location().directory().toString(),
                    log.location().backend(),
                    layout.firstIndex(),
                    layout.nextIndex(),
                    replay.damages());
        }
        return new Rescued(
                replay.state(),
                base.index,
                found,
                replay.applied(),
                replay.lastIndex(),
                replay.lastTerm(),
                replay.voters(),
                replay.leftOut(),
                notes,
                notesInAll,
                whole);
    }

    /** @param good false: it is what could be salvaged, or empty because nothing could be read */
    private record Base(State state, long index, boolean good) {}

    private Base base(RescueSource source) throws IOException {
        for (RescueSource.Snapshot snapshot : source.snapshots()) {
            try {
                return new Base(state(snapshot.file()), snapshot.index(), true);
            } catch (SnapshotFormatException | ArchiveException e) {
                miss("the snapshot " + snapshot.file() + " is not used: " + e.getMessage());
            }
        }
        for (RescueSource.Snapshot snapshot : source.snapshots()) {
            try {
                State salvaged = salvage(snapshot.file(), problem -> miss("left out of the snapshot: " + problem));
                miss("the state begins with what could be salvaged of the damaged snapshot " + snapshot.file());
                return new Base(salvaged, snapshot.index(), false);
            } catch (SnapshotFormatException | ArchiveException e) {
                miss("nothing can be salvaged of " + snapshot.file() + ": " + e.getMessage());
            }
        }
        return new Base(State.empty(), 0, source.snapshots().isEmpty());
    }

    /**
     * Reads a snapshot's file or an archive, whole or not at all.
     *
     * @throws SnapshotFormatException when it is damaged or of a newer build
     * @throws ArchiveException when it is an archive that is damaged
     */
    public static State state(Path file) throws IOException {
        return withContent(file, SnapshotCodec::read);
    }

    private static State salvage(Path file, Consumer<String> problem) throws IOException {
        return withContent(file, in -> SnapshotCodec.salvage(in, problem));
    }

    private interface Reading {
        State read(InputStream in) throws IOException;
    }

    private static State withContent(Path file, Reading reading) throws IOException {
        if (!isArchive(file)) {
            return read(file, reading);
        }
        Path content = Files.createTempFile("coord-rescue", ".bin");
        try {
            SnapshotArchive.extract(file, content, Long.MAX_VALUE);
            return read(content, reading);
        } finally {
            Files.deleteIfExists(content);
        }
    }

    private static State read(Path file, Reading reading) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            return reading.read(in);
        }
    }

    private static boolean isArchive(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return (in.read() << Byte.SIZE | in.read()) == GZIP;
        }
    }

    /** Something is missing. */
    private void miss(String what) {
        whole = false;
        notesInAll++;
        if (notes.size() < Rescued.NOTES_MAX) {
            notes.add(what);
        }
    }
}
