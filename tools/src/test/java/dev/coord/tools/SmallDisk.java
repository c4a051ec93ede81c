package dev.coord.tools;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A small ext4 of its own for one server, in a file in memory: it can be full, hold up whoever writes, or fail below the file system,
 * where blocks are not to be had any more and syncs end with an input/output error. Only root may mount it. Safe from any thread.
 */
final class SmallDisk implements AutoCloseable {

    private static final int DISK_MEGABYTES = 400;
    private static final int MEMORY_MEGABYTES = DISK_MEGABYTES + 40;
    private static final int TRIES = 5;
    private static final long SLACK_BYTES = 128 << 10;

    private final Path memory;
    private final Path image;
    private final Path mounted;

    // Under this object's lock:
    private boolean frozen;
    private boolean closed;

    private SmallDisk(Path directory) throws IOException {
        memory = Files.createDirectories(directory.resolve("memory"));
        // Within the memory, which can't be frozen: a command that comes when the disk is not mounted meets nothing
        // else.
        mounted = memory.resolve("disk");
        image = memory.resolve("image");
    }

    /** @return null: it can't be mounted here */
    static @Nullable SmallDisk mount(Path directory) {
        try {
            SmallDisk disk = new SmallDisk(directory);
            if (!SystemCommand.tried(
                    "mount",
                    "-t",
                    "tmpfs",
                    "-o",
                    "size=" + MEMORY_MEGABYTES + "m",
                    "coord-test",
                    disk.memory.toString())) {
                return null;
            }
            Files.createDirectory(disk.mounted);
            try (RandomAccessFile file = new RandomAccessFile(disk.image.toFile(), "rw")) {
                file.setLength((long) DISK_MEGABYTES << 20);
            }
            // What the file system keeps for itself has its blocks from the beginning: it survives what data does not.
            if (SystemCommand.tried(
                            "mkfs.ext4",
                            "-q",
                            "-m",
                            "0",
                            "-E",
                            "lazy_itable_init=0,lazy_journal_init=0",
                            disk.image.toString())
                    && disk.tryMountImage()) {
                return disk;
            }
            SystemCommand.done("umount", disk.memory.toString());
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean tryMountImage() {
        return SystemCommand.tried("mount", "-o", "loop", image.toString(), mounted.toString());
    }

    Path path() {
        return mounted;
    }

    /** Only so many bytes are left. */
    void fill(long leftBytes) {
        long filler = free(mounted) - leftBytes;
        if (filler > 0) {
            SystemCommand.tried("fallocate", "-l", Long.toString(filler), filler().toString());
        }
    }

    void empty() {
        try {
            Files.deleteIfExists(filler());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler() {
        return mounted.resolve("filler");
    }

    /** Where something was written before can be written; everything else fails, and ext4 hears of it when it writes back. */
    synchronized void failNewBlocks() {
        for (int i = 0; i < TRIES; i++) {
            try {
                FileStore store = Files.getFileStore(memory);
                long bytes = store.getTotalSpace() - store.getUnallocatedSpace() + SLACK_BYTES;
                if (resized(bytes)) {
                    return;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new AssertionError(memory + " can't be made smaller");
    }

    /** As ext4 leaves it after an error in its own blocks: nothing can be written any more. */
    synchronized void abort() {
        SystemCommand.done("mount", "-o", "remount,abort", mounted.toString());
    }

    /** After a failure: only what has reached the disk is there. Nobody may use it meanwhile. */
    synchronized void repair() {
        thaw();
        SystemCommand.done("umount", mounted.toString());
        if (!resized((long) MEMORY_MEGABYTES << 20)) {
            throw new AssertionError(memory + " can't be made larger");
        }
        if (!tryMountImage()) {
            throw new AssertionError(image + " can't be mounted again");
        }
    }

    private boolean resized(long bytes) {
        return SystemCommand.tried("mount", "-o", "remount,size=" + bytes, memory.toString());
    }

    /** Whoever writes waits. */
    synchronized void freeze() {
        frozen = !closed && SystemCommand.tried("fsfreeze", "-f", mounted.toString());
    }

    synchronized void thaw() {
        if (frozen) {
            SystemCommand.done("fsfreeze", "-u", mounted.toString());
            frozen = false;
        }
    }

    private static long free(Path path) {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            thaw();
            closed = true;
            SystemCommand.done("umount", mounted.toString());
            SystemCommand.done("umount", memory.toString());
        }
    }
}
