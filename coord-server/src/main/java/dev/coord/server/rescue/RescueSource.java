package dev.coord.server.rescue;

import dev.coord.wal.LogException;
import dev.coord.wal.maintenance.LogScan;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What lies in a place that somebody points at: a server's data directory, its {@code raft} directory, a log, snapshots, one
 * snapshot, a file with a state, or an archive. While it is open no server can be started on it.
 */
public final class RescueSource implements AutoCloseable {

    static final String STATE_FILE = "state.snapshot";

    private static final Pattern SNAPSHOT = Pattern.compile("snapshot_(\\d+)");
    private static final String LOCK = "lock";
    private static final String IDENTITY = "server.json";

    /**
     * A snapshot as servers take them.
     *
     * @param index of the newest log entry in it, by its directory's name; 0: a single file, which does not say
     * @param file with the state
     */
    public record Snapshot(long index, Path file) {}

    private final Path given;
    private final @Nullable Path serverDirectory;
    private final @Nullable LogScan log;
    private final String noLog;
    private final List<Snapshot> snapshots;
    private final @Nullable FileChannel lock;

    private RescueSource(
            Path given,
            @Nullable Path serverDirectory,
            @Nullable LogScan log,
            String noLog,
            List<Snapshot> snapshots,
            @Nullable FileChannel lock) {
        this.given = given;
        this.serverDirectory = serverDirectory;
        this.log = log;
        this.noLog = noLog;
        this.snapshots = List.copyOf(snapshots);
        this.lock = lock;
    }

    /**
     * Finds what there is.
     *
     * @throws LogException {@link LogException.Kind#LOCKED} when a live server has the directory
     * @throws IOException when there is nothing that could be read
     */
    public static RescueSource open(Path given) throws IOException {
        if (!Files.exists(given)) {
            throw new IOException(given + " does not exist");
        }
        if (Files.isRegularFile(given)) {
            return new RescueSource(given, null, null, "it is a file", List.of(new Snapshot(0, given)), null);
        }
        Path server = serverDirectory(given);
        List<Snapshot> snapshots = snapshots(given);
        LogScan log = null;
        String noLog = "";
        try {
            log = LogScan.open(given);
        } catch (LogException e) {
            if (e.kind() != LogException.Kind.IO) {
                throw e;
            }
            noLog = String.valueOf(e.getMessage());
        }
        if (log == null && snapshots.isEmpty()) {
            throw new IOException("neither a log nor a snapshot in " + given
                    + ": give a server's data directory, a directory of a log or of snapshots, or a snapshot's file");
        }
        // The scan of a log holds the server's directory, too.
        FileChannel lock = log == null && server != null ? share(server) : null;
        return new RescueSource(given, server, log, noLog, snapshots, lock);
    }

    private static @Nullable Path serverDirectory(Path given) {
        Path absolute = given.toAbsolutePath().normalize();
        List<Path> places = new ArrayList<>(List.of(absolute.resolve("raft"), absolute));
        for (Path above = absolute.getParent(); above != null && places.size() < 4; above = above.getParent()) {
            places.add(above);
        }
        return places.stream()
                .filter(place -> Files.isRegularFile(place.resolve(IDENTITY)) || Files.exists(place.resolve(LOCK)))
                .findFirst()
                .orElse(null);
    }

    private static List<Snapshot> snapshots(Path given) throws IOException {
        Set<Snapshot> found = new LinkedHashSet<>();
        for (Path place : List.of(given.resolve("raft/snapshots"), given.resolve("snapshots"), given)) {
            if (Files.isDirectory(place)) {
                try (Stream<Path> children = Files.list(place)) {
                    children.forEach(child -> addSnapshot(child, found));
                }
            }
        }
        addSnapshot(given.toAbsolutePath().normalize(), found);
        return found.stream()
                .sorted(Comparator.comparingLong(Snapshot::index).reversed())
                .toList();
    }

    private static void addSnapshot(Path directory, Set<Snapshot> found) {
        Matcher name = SNAPSHOT.matcher(String.valueOf(directory.getFileName()));
        Path file = directory.resolve(STATE_FILE);
        if (name.matches() && Files.isRegularFile(file)) {
            found.add(new Snapshot(Long.parseLong(name.group(1)), file));
        }
    }

    private static @Nullable FileChannel share(Path server) throws IOException {
        Path file = server.resolve(LOCK);
        if (!Files.exists(file)) {
            return null;
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        boolean free;
        try {
            free = channel.tryLock(0, Long.MAX_VALUE, true) != null;
        } catch (OverlappingFileLockException e) {
            free = false;
        }
        if (!free) {
            channel.close();
            throw new LogException(
                    LogException.Kind.LOCKED,
                    server + " is in use by a live server: stop it first, or work on a copy (--copy)");
        }
        return channel;
    }

    /** What was pointed at. */
    public Path given() {
        return given;
    }

    /** The directory that {@code server.json} and {@code vote} are in; null when there is none. */
    public @Nullable Path serverDirectory() {
        return serverDirectory;
    }

    /** Null when there is none. */
    @Nullable
    LogScan log() {
        return log;
    }

    /** Why there is no log. */
    String noLog() {
        return noLog;
    }

    /** The newest first. */
    public List<Snapshot> snapshots() {
        return snapshots;
    }

    @Override
    public void close() throws IOException {
        if (log != null) {
            log.close();
        }
        if (lock != null) {
            lock.close();
        }
    }
}
