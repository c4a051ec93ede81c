package dev.coord.server.raft;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one server: {@code server.json}, {@code vote}, {@code log/}, {@code snapshots/} and the file {@code
 * lock} that keeps a second process out. Safe from any thread.
 */
final class DataDirectory implements AutoCloseable {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    /** As JRaft names the directory of a finished snapshot. */
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot_(\\d+)");

    private final Path path;
    private final FileChannel lockChannel;
    private final DurableFile identityFile;

    /** Guarded by this for writing; read by anybody. */
    private volatile ServerIdentity identity;

    private DataDirectory(Path path, FileChannel lockChannel, DurableFile identityFile, ServerIdentity identity) {
        this.path = path;
        this.lockChannel = lockChannel;
        this.identityFile = identityFile;
        this.identity = identity;
    }

    /** @throws IOException if it can't be written, belongs to a running process or can't be read */
    static DataDirectory open(Path path) throws IOException {
        return open(path, "");
    }

    /**
     * As {@link #open(Path)}.
     *
     * @param nodeId for a new directory; empty: one is made
     */
    static DataDirectory open(Path path, String nodeId) throws IOException {
        FileChannel lockChannel = lock(path);
        try {
            DurableFile file = new DurableFile(path.resolve("server.json"));
            Optional<byte[]> bytes = file.read();
            ServerIdentity identity;
            if (bytes.isPresent()) {
                identity = ServerIdentity.decode(bytes.get(), file.path());
            } else {
                identity =
                        new ServerIdentity(nodeId.isEmpty() ? UUID.randomUUID().toString() : nodeId, "", 0, "", false);
                file.replace(identity.encode());
            }
            return new DataDirectory(path, lockChannel, file, identity);
        } catch (IOException | RuntimeException e) {
            lockChannel.close();
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel;
        try {
            // Log and snapshots hold whatever clients have stored, secrets among it.
            Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            channel = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException(
                    "The data directory " + path.toAbsolutePath() + " can't be written (" + e
                            + "): make it writable for this user or choose another",
                    e);
        }
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IOException("The data directory " + path.toAbsolutePath()
                    + " is in use by another process: stop that one or choose another directory");
        }
        return channel;
    }

    ServerIdentity identity() {
        return identity;
    }

    synchronized void setCluster(String clusterId, long generation) throws IOException {
        save(identity.withCluster(clusterId, generation));
    }

    /** This server went from the cluster by itself. */
    synchronized void setLeft() throws IOException {
        save(identity.gone());
    }

    /** This server is part of the cluster, at this address. */
    synchronized void setRaftAddress(String address) throws IOException {
        save(identity.withRaftAddress(address));
    }

    private void save(ServerIdentity changed) throws IOException {
        if (!changed.equals(identity)) {
            identityFile.replace(changed.encode());
            identity = changed;
        }
    }

    Path path() {
        return path;
    }

    Path log() {
        return path.resolve("log");
    }

    Path snapshots() {
        return path.resolve("snapshots");
    }

    /** What was done to begin a new generation of the cluster with this directory. */
    RecoveryFile recovery() {
        return new RecoveryFile(path.resolve("recovery.json"));
    }

    DurableFile vote() {
        return new DurableFile(path.resolve("vote"));
    }

    /** Index of the last log entry that the newest finished snapshot contains; 0 when there is none. */
    long snapshotIndex() throws IOException {
        if (!Files.isDirectory(snapshots())) {
            return 0;
        }
        try (Stream<Path> children = Files.list(snapshots())) {
            return children.map(child -> SNAPSHOT.matcher(child.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(1)))
                    .max()
                    .orElse(0);
        }
    }

    /**
     * What the newest finished snapshot says of itself; null when there is none.
     *
     * @throws IOException also when a newer one takes its place just now
     */
    @Nullable
    SnapshotPosition snapshotPosition() throws IOException {
        long index = snapshotIndex();
        return index == 0 ? null : SnapshotPosition.read(snapshots().resolve("snapshot_" + index));
    }

    @Override
    public void close() throws IOException {
        lockChannel.close();
    }
}
