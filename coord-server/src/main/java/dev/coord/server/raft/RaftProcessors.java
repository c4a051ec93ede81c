package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.impl.PingRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.AppendEntriesRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.GetFileRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.InstallSnapshotRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.ReadIndexRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.RequestVoteRequestProcessor;
import com.alipay.sofa.jraft.rpc.impl.core.TimeoutNowRequestProcessor;
import com.google.protobuf.Message;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * JRaft's handlers of the messages that servers send each other. Its command-line service is left out: membership changes
 * go through {@link Membership} alone. So are its threads for the order of entries: it waits for them to end wherever a
 * connection is noticed to be gone; {@link IncomingStream} keeps the order instead. Handlers may block: not for the
 * transport's threads.
 */
final class RaftProcessors {

    static {
        RaftMessages.load();
    }

    private final Map<String, RpcProcessor<?>> byMessageClass = new HashMap<>();
    private final AppendEntriesRequestProcessor appendEntries;
    private final AgreedEntries agreed;

    RaftProcessors(Executor executor, AgreedEntries agreed) {
        this.agreed = agreed;
        appendEntries = new AppendEntriesRequestProcessor(executor);
        register(appendEntries);
        register(new GetFileRequestProcessor(executor));
        register(new InstallSnapshotRequestProcessor(executor));
        register(new RequestVoteRequestProcessor(executor));
        register(new PingRequestProcessor(executor));
        register(new TimeoutNowRequestProcessor(executor));
        register(new ReadIndexRequestProcessor(executor));
    }

    private void register(RpcProcessor<?> processor) {
        byMessageClass.put(processor.interest(), processor);
    }

    /** Handles a message; the context is answered before this returns or later, by another thread. */
    @SuppressWarnings("unchecked")
    void handle(Message request, RpcContext context) {
        RpcProcessor<Message> processor =
                (RpcProcessor<Message>) byMessageClass.get(request.getClass().getName());
        if (processor == null) {
            throw new IllegalArgumentException("no server takes " + RaftMessages.type(request));
        }
        processor.handleRequest(context, agreed.without(request));
    }

    /** A sender's stream has ended: forgets the order of its entries, so that a new stream starts anew. */
    void closed(String remoteAddress, Connection connection) {
        appendEntries.onClosed(remoteAddress, connection);
    }

    void close() {
        appendEntries.destroy();
    }
}
