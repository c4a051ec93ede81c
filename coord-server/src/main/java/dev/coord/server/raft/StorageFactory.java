package dev.coord.server.raft;

import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;

/** Gives JRaft our log and vote, opened before, and its own directories for snapshots. */
final class StorageFactory implements JRaftServiceFactory {

    private final LogStorage log;
    private final RaftMetaStorage vote;

    StorageFactory(LogStorage log, RaftMetaStorage vote) {
        this.log = log;
        this.vote = vote;
    }

    @Override
    public LogStorage createLogStorage(String uri, com.alipay.sofa.jraft.option.RaftOptions options) {
        return log;
    }

    @Override
    public RaftMetaStorage createRaftMetaStorage(String uri, com.alipay.sofa.jraft.option.RaftOptions options) {
        return vote;
    }

    @Override
    public SnapshotStorage createSnapshotStorage(NodeOptions options) {
        return new LocalSnapshotStorage(
                options.getSnapshotUri(), options.getSnapshotTempUri(), options.getRaftOptions());
    }

    /** Not used: {@link EntryCodec} is ours. JRaft wants one all the same. */
    @Override
    public LogEntryCodecFactory createLogEntryCodecFactory() {
        return LogEntryV2CodecFactory.getInstance();
    }
}
