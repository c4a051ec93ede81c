package dev.coord.server.raft;

import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotMetaTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a snapshot's directory says of it, read from the disk without a server.
 *
 * @param index of the newest log entry in it: all up to here was committed
 * @param term of that entry
 * @param voters Raft addresses of the voters at that entry
 */
public record SnapshotPosition(long index, long term, List<String> voters) {

    private static final String FILE = "__raft_snapshot_meta";

    public SnapshotPosition {
        voters = List.copyOf(voters);
    }

    /** @throws IOException when the file that says it is missing or damaged */
    public static SnapshotPosition read(Path snapshot) throws IOException {
        LocalSnapshotMetaTable table = new LocalSnapshotMetaTable(new RaftOptions());
        Path file = snapshot.resolve(FILE);
        boolean loaded;
        try {
            loaded = table.loadFromFile(file.toString());
        } catch (RuntimeException e) {
            throw new IOException(file + " can't be read: " + e, e);
        }
        SnapshotMeta meta = loaded && table.hasMeta() ? table.getMeta() : null;
        if (meta == null) {
            throw new IOException(file + " is missing or damaged");
        }
        return new SnapshotPosition(meta.getLastIncludedIndex(), meta.getLastIncludedTerm(), meta.getPeersList());
    }
}
