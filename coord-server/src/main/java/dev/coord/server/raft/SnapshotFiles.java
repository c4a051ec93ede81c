package dev.coord.server.raft;

import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.State;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file {@code state.snapshot} of a snapshot. JRaft's directories carry it: it is written beside, with its metadata, and
 * the directory is renamed when all is synced.
 */
final class SnapshotFiles {

    private static final String FILE = "state.snapshot";
    private static final int BUFFER_BYTES = 256 * 1024;

    /** When this returns, the bytes of the file survive a crash; JRaft then syncs and renames its directory. */
    void save(State state, SnapshotWriter writer) throws IOException {
        Path file = Path.of(writer.getPath(), FILE);
        try (FileChannel channel = FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
            SnapshotCodec.write(state, out);
            out.flush();
            channel.force(true);
        }
        if (!writer.addFile(FILE)) {
            throw new IOException("JRaft did not take " + file);
        }
    }

    /**
     * Reads and verifies. A snapshot that came from the leader was written by JRaft without a sync: it is synced here, before
     * JRaft forgets the log that it replaces.
     */
    State load(SnapshotReader reader) throws IOException {
        Path file = Path.of(reader.getPath(), FILE);
        State state;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            state = SnapshotCodec.read(in);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        DurableFile.syncDirectory(file.toAbsolutePath().getParent());
        return state;
    }
}
