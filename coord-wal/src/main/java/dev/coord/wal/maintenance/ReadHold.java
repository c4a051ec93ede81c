package dev.coord.wal.maintenance;

import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps servers away from a log while it is read, without writing: shared locks on the lock files that are there, that of
 * the log's directory and that of the server's directory above it. A server that is started meanwhile finds its directory
 * held; other readers do not mind.
 */
final class ReadHold implements AutoCloseable {

    /** The file that a server holds in the directory that its log's directory is in. */
    private static final String SERVER_LOCK = "lock";

    private static final String SERVER_IDENTITY = "server.json";

    private final List<FileChannel> channels = new ArrayList<>();

    private ReadHold() {}

    /** @throws LogException {@link Kind#LOCKED} naming the directory that is in use; {@link Kind#IO} */
    static ReadHold of(LogLocation log) {
        ReadHold hold = new ReadHold();
        boolean held = false;
        try {
            hold.shareServer(log);
            hold.share(log.directory().resolve(DirectoryLock.FILE), "log directory " + log.directory());
            held = true;
            return hold;
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't hold " + log.directory() + ": " + e, e);
        } finally {
            if (!held) {
                hold.close();
            }
        }
    }

    /** Keeps only the server of a log away: for who holds the log's directory himself. */
    static ReadHold ofServer(LogLocation log) {
        ReadHold hold = new ReadHold();
        boolean held = false;
        try {
            hold.shareServer(log);
            held = true;
            return hold;
        } catch (IOException e) {
            throw new LogException(Kind.IO, "can't hold " + log.directory() + ": " + e, e);
        } finally {
            if (!held) {
                hold.close();
            }
        }
    }

    private void shareServer(LogLocation log) throws IOException {
        Path server = serverDirectory(log.directory());
        if (server != null) {
            share(server.resolve(SERVER_LOCK), "server's directory " + server);
        }
    }

    /** The directory of the server that a log's directory belongs to; null if it stands alone. */
    static @Nullable Path serverDirectory(Path logDirectory) {
        Path parent = logDirectory.toAbsolutePath().getParent();
        return parent != null && Files.exists(parent.resolve(SERVER_IDENTITY)) ? parent : null;
    }

    private void share(Path file, String what) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        channels.add(channel);
        boolean free;
        try {
            free = channel.tryLock(0, Long.MAX_VALUE, true) != null;
        } catch (OverlappingFileLockException e) {
            free = false; // held by this very process
        }
        if (!free) {
            throw new LogException(
                    Kind.LOCKED,
                    what + " is in use by a live server (lock file " + file
                            + "): stop it first, or work on a copy; of a live server ask 'coord wal stats --address'");
        }
    }

    @Override
    public void close() {
        for (FileChannel channel : channels) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new LogException(Kind.IO, "can't let go of a lock: " + e, e);
            }
        }
    }
}
