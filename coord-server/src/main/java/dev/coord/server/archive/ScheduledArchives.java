package dev.coord.server.archive;

import dev.coord.server.command.ClusterView;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts snapshots into files, one at a time, and deletes old ones. A file has its name only once all of it is on disk and its sums
 * were found right by reading it again; what a crash leaves half done is deleted at the next start. The state is immutable, so
 * nothing waits for this.
 *
 * <p>One thread of its own, {@code coord-archives}; every method may be called from any.
 */
public final class ScheduledArchives implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledArchives.class);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern NAME = Pattern.compile("coord-(\\d{8}T\\d{9}Z)-r\\d+\\.snap");
    private static final String HALF = ".part";
    private static final long STOP_SECONDS = 10;

    private final ArchiveSchedule schedule;
    private final StateReader states;
    private final ClusterView cluster;
    private final InstantSource clock;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread made = new Thread(work, "coord-archives");
        made.setDaemon(true);
        return made;
    });

    /** Written by the one thread, read by anybody. */
    private volatile ArchiveStatus status;

    public ScheduledArchives(ArchiveSchedule schedule, StateReader states, ClusterView cluster, InstantSource clock) {
        this.schedule = schedule;
        this.states = states;
        this.cluster = cluster;
        this.clock = clock;
        status = new ArchiveStatus(schedule, false, 0, 0, 0, 0, "", 0, 0, 0, "");
    }

    /** Begins to take them as the schedule says. */
    public void start() {
        if (schedule.enabled()) {
            long millis = schedule.interval().toMillis();
            ScheduledFuture<?> unused =
                    thread.scheduleWithFixedDelay(this::takeIfDue, millis, millis, TimeUnit.MILLISECONDS);
            thread.execute(this::deleteHalves);
        }
    }

    public ArchiveStatus status() {
        return status;
    }

    /** Takes one now, whoever leads, after one that is under way. Gives its path; fails as writing it fails. */
    public CompletableFuture<Path> take() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return takeOne();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                thread);
    }

    private void takeIfDue() {
        if (schedule.leaderOnly() && !cluster.isLeader()) {
            return;
        }
        try {
            takeOne();
        } catch (IOException | RuntimeException e) {
            LOG.error("The scheduled snapshot failed; the next is tried in {}: {}", schedule.interval(), e.toString());
        }
    }

    private Path takeOne() throws IOException {
        Instant begun = clock.instant();
        State state = states.latest();
        status = running(true);
        try {
            Files.createDirectories(
                    schedule.directory(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path file = schedule.directory().resolve("coord-" + TIME.format(begun) + "-r" + state.revision() + ".snap");
            write(state, file, begun);
            int kept = deleteOld();
            ArchiveStatus before = status;
            status = new ArchiveStatus(
                    schedule,
                    false,
                    before.taken() + 1,
                    before.failed(),
                    kept,
                    clock.millis(),
                    file.toString(),
                    Files.size(file),
                    Duration.between(begun, clock.instant()).toMillis(),
                    state.revision(),
                    "");
            LOG.info("Snapshot at revision {} is in {}", state.revision(), file);
            return file;
        } catch (IOException | RuntimeException e) {
            status = failed(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
            throw e;
        }
    }

    private void write(State state, Path file, Instant now) throws IOException {
        Path half = file.resolveSibling(file.getFileName() + HALF);
        try {
            // Whatever clients have stored is in it, secrets, too.
            Files.deleteIfExists(half);
            Files.createFile(half, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            SnapshotArchive.write(
                    state,
                    new SnapshotArchive.Origin(
                            cluster.appliedIndex(), cluster.term(), cluster.servers(), now.toEpochMilli()),
                    half);
            try (FileChannel channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            SnapshotArchive.verify(half);
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(schedule.directory(), StandardOpenOption.READ)) {
                channel.force(true);
            }
        } finally {
            Files.deleteIfExists(half);
        }
    }

    /** Returns how many are left. */
    private int deleteOld() throws IOException {
        List<Path> files = new ArrayList<>(files());
        String oldest =
                schedule.ageMax().isZero() ? "" : TIME.format(clock.instant().minus(schedule.ageMax()));
        int kept = 0;
        for (Path file : files) {
            Matcher name = NAME.matcher(file.getFileName().toString());
            boolean stays = kept == 0
                    || (kept < schedule.keep()
                            && name.matches()
                            && name.group(1).compareTo(oldest) >= 0);
            if (stays) {
                kept++;
            } else {
                Files.deleteIfExists(file);
            }
        }
        return kept;
    }

    /** Those that this class has named, the newest first. Others in the directory are nobody's business. */
    private List<Path> files() throws IOException {
        try (Stream<Path> children = Files.list(schedule.directory())) {
            return children.filter(child ->
                            NAME.matcher(child.getFileName().toString()).matches())
                    .sorted(Comparator.comparing(
                                    (Path child) -> child.getFileName().toString())
                            .reversed())
                    .toList();
        }
    }

    private void deleteHalves() {
        if (!Files.isDirectory(schedule.directory())) {
            return;
        }
        try (Stream<Path> children = Files.list(schedule.directory())) {
            for (Path child : children.toList()) {
                String name = child.getFileName().toString();
                boolean half = name.startsWith("coord-") && (name.endsWith(HALF) || name.endsWith(".bin"));
                if (half) {
                    Files.deleteIfExists(child);
                }
            }
            status = running(false);
        } catch (IOException e) {
            LOG.warn("What an earlier run left half done in {} stays: {}", schedule.directory(), e.toString());
        }
    }

    private ArchiveStatus running(boolean now) {
        ArchiveStatus s = status;
        return new ArchiveStatus(
                schedule,
                now,
                s.taken(),
                s.failed(),
                s.kept(),
                s.lastMillis(),
                s.lastFile(),
                s.lastBytes(),
                s.lastTookMillis(),
                s.lastRevision(),
                s.lastError());
    }

    private ArchiveStatus failed(String why) {
        ArchiveStatus s = status;
        return new ArchiveStatus(
                schedule,
                false,
                s.taken(),
                s.failed() + 1,
                s.kept(),
                s.lastMillis(),
                s.lastFile(),
                s.lastBytes(),
                s.lastTookMillis(),
                s.lastRevision(),
                why);
    }

    /** Waits a little for one that is under way. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("A snapshot is still being written to {}", schedule.directory());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
