package dev.coord.server.raft;

import com.alipay.sofa.jraft.option.NodeOptions;
import java.util.concurrent.Executor;

/** JRaft's options of a node, with the connections that its client side is to use: JRaft hands these options through. */
final class PeerNodeOptions extends NodeOptions {

    private final PeerConnections connections;
    private final Executor executor;

    PeerNodeOptions(PeerConnections connections, Executor executor) {
        this.connections = connections;
        this.executor = executor;
    }

    PeerConnections connections() {
        return connections;
    }

    /** For work of JRaft's that may block. */
    Executor executor() {
        return executor;
    }
}
