package dev.coord.server.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.RaftServiceFactory;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.option.ReadOnlyOption;
import com.google.protobuf.CodedOutputStream;
import dev.coord.api.storage.v1.LoggedCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** JRaft's node of this server. Safe from any thread. */
final class RaftNode implements AutoCloseable {

    /** The most proposals that go into the log as one step; the log thread gathers several steps into one sync. */
    private static final int APPLY_BATCH = 512;
    /** The most bytes appended with one sync. */
    private static final int APPEND_BYTES_MAX = 4 * 1024 * 1024;
    /** The most messages with entries that a follower has not answered; each carries about half a megabyte at most. */
    private static final int INFLIGHT_MAX = 64;
    /** JRaft holds its node lock while it waits for another server to come up before it asks for a vote. */
    private static final int CONNECT_MILLIS = 200;
    /** Entries that were lost on the way are sent again after this long. */
    private static final int APPEND_TIMEOUT_MILLIS = 2_000;

    private static final int RPC_THREADS_MAX = 12;
    private static final int HEARTBEATS_PER_ELECTION_TIMEOUT = 10;
    private static final byte[] NO_CONTEXT = {};

    private final PeerId self;
    private final Node node;

    private RaftNode(PeerId self, Node node) {
        this.self = self;
        this.node = node;
    }

    /**
     * Starts the node; what is in snapshot and log is applied before or shortly after this returns.
     *
     * @param servers Raft addresses of the first configuration, used only when log and snapshot are empty
     * @throws IOException if JRaft could not start on what it found
     */
    static RaftNode start(
            RaftOptions options,
            String address,
            List<String> servers,
            DataDirectory directory,
            StorageFactory storage,
            StateMachineAdapter stateMachine,
            PeerConnections connections,
            Executor executor)
            throws IOException {
        PeerId self = peer(address);
        PeerNodeOptions node = new PeerNodeOptions(connections, executor);
        node.setServiceFactory(storage);
        node.setFsm(stateMachine);
        node.setInitialConf(configuration(Peers.ofVoters(servers)));
        node.setLogUri(directory.log().toString());
        node.setRaftMetaUri(directory.path().toString());
        node.setSnapshotUri(directory.snapshots().toString());
        node.setElectionTimeoutMs(options.electionTimeoutMillis());
        node.setSnapshotIntervalSecs(options.snapshotIntervalSeconds());
        node.setSnapshotLogIndexMargin(
                (int) Math.min(Math.max(options.snapshotEntriesMin(), options.logEntriesKept()), Integer.MAX_VALUE));
        node.setDisableCli(true);
        node.setRpcConnectTimeoutMs(CONNECT_MILLIS);
        node.setRpcDefaultTimeout(Math.max(APPEND_TIMEOUT_MILLIS, 2 * options.electionTimeoutMillis()));
        node.setRpcProcessorThreadPoolSize(RPC_THREADS_MAX);
        node.setRaftOptions(raftOptions(options));
        NodeManager.getInstance().addAddress(self.getEndpoint());
        try {
            return new RaftNode(self, RaftServiceFactory.createAndInitRaftNode(options.groupId(), self, node));
        } catch (RuntimeException e) {
            NodeManager.getInstance().removeAddress(self.getEndpoint());
            throw new IOException(
                    "Raft could not start on " + directory.path() + ": " + e.getMessage()
                            + " (the log lines before this one say more)",
                    e);
        }
    }

    private static com.alipay.sofa.jraft.option.RaftOptions raftOptions(RaftOptions options) {
        com.alipay.sofa.jraft.option.RaftOptions raft = new com.alipay.sofa.jraft.option.RaftOptions();
        raft.setApplyBatch(APPLY_BATCH);
        raft.setMaxAppendBufferSize(APPEND_BYTES_MAX);
        raft.setMaxReplicatorInflightMsgs(INFLIGHT_MAX);
        raft.setElectionHeartbeatFactor(HEARTBEATS_PER_ELECTION_TIMEOUT);
        raft.setMaxElectionDelayMs(Math.max(1, options.electionTimeoutMillis() / 2));
        raft.setSync(true);
        raft.setSyncMeta(true);
        return raft;
    }

    static PeerId peer(String address) {
        PeerId peer = new PeerId();
        if (!peer.parse(address)) {
            throw new IllegalArgumentException(address + " is no host:port");
        }
        return peer;
    }

    private static Configuration configuration(Peers peers) {
        Configuration configuration = new Configuration();
        peers.voters().forEach(address -> configuration.addPeer(peer(address)));
        peers.learners().forEach(address -> configuration.addLearner(peer(address)));
        return configuration;
    }

    /** Who votes and who follows, as this server has it. */
    Peers peers() {
        if (node.getOptions() == null) {
            return Peers.NONE;
        }
        Configuration current = currentConfiguration();
        return new Peers(addresses(current.getPeers()), addresses(current.getLearners()));
    }

    private static List<String> addresses(Collection<PeerId> peers) {
        return peers.stream().map(CommandStateMachine::address).toList();
    }

    private Configuration currentConfiguration() {
        Configuration current = ((com.alipay.sofa.jraft.core.NodeImpl) node).getCurrentConf();
        return current == null ? new Configuration() : current;
    }

    long commitIndex() {
        return node.getLastCommittedIndex();
    }

    long appliedIndex() {
        return node.getLastAppliedLogIndex();
    }

    /** Hands a command to the log. The proposal is told what became of it. */
    void propose(LoggedCommand command, Proposal proposal) {
        byte[] entry = new byte[1 + command.getSerializedSize()];
        entry[0] = EntryCodec.COMMAND;
        CodedOutputStream out = CodedOutputStream.newInstance(entry, 1, entry.length - 1);
        try {
            command.writeTo(out);
            out.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.apply(new Task(ByteBuffer.wrap(entry), proposal));
    }

    /**
     * The closure is told when this server has applied all that was committed when it was called.
     *
     * @param byLease the leader answers by its lease, without asking the others, while that lease is sure; it asks them
     *     otherwise
     */
    void readIndex(boolean byLease, ReadIndexClosure closure) {
        node.readIndex(byLease ? ReadOnlyOption.ReadOnlyLeaseBased : ReadOnlyOption.ReadOnlySafe, NO_CONTEXT, closure);
    }

    /** Only on the leader: makes these the servers, once new voters have caught up. */
    void changePeers(Peers peers, Closure done) {
        node.changePeers(configuration(peers), done);
    }

    /**
     * Only on the leader: lets another voter lead as soon as it has all that is in the log. May wait for JRaft's locks.
     *
     * @param address null: whichever is furthest
     * @return why not; null: it is under way
     */
    @Nullable
    String transferLeadership(@Nullable String address) {
        Status status = node.transferLeadershipTo(address == null ? PeerId.ANY_PEER : peer(address));
        return status.isOk() ? null : status.getErrorMsg();
    }

    /** Makes this server the only voter, whatever the log says. Only safe when it was the only one before. */
    void resetToSelf() {
        node.resetPeers(configuration(Peers.ofVoters(List.of(CommandStateMachine.address(self)))));
    }

    void snapshot(Closure done) {
        node.snapshot(done);
    }

    @Override
    public void close() {
        node.shutdown();
        try {
            node.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        NodeManager.getInstance().removeAddress(self.getEndpoint());
    }
}
