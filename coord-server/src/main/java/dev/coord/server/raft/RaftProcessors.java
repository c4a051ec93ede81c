package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.ProtobufMsgFactory;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcProcessor;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequestHeader;
import com.alipay.sofa.jraft.rpc.impl.ConnectionClosedEventListener;
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
 * go through {@link Membership} alone. Safe from any thread; the work runs on the executor given, and for one sender's log
 * entries on a thread that keeps their order.
 */
final class RaftProcessors {

    static {
        ProtobufMsgFactory.load();
    }

    private final Map<String, RpcProcessor<?>> byMessageClass = new HashMap<>();
    private final ConnectionClosedEventListener closedListener;
    private final AppendEntriesRequestProcessor appendEntries;
    private final Executor executor;

    RaftProcessors(Executor executor) {
        this.executor = executor;
        appendEntries = new AppendEntriesRequestProcessor(executor);
        closedListener = appendEntries;
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

    /** Hands a message over and returns. The context is answered later, by another thread. */
    @SuppressWarnings("unchecked")
    void handle(Message request, RpcContext context) {
        RpcProcessor<Message> processor =
                (RpcProcessor<Message>) byMessageClass.get(request.getClass().getName());
        if (processor == null) {
            throw new IllegalArgumentException("no server takes " + RaftMessages.type(request));
        }
        executorFor(request).execute(() -> processor.handleRequest(context, request));
    }

    private Executor executorFor(Message request) {
        if (request instanceof AppendEntriesRequest append) {
            AppendEntriesRequestHeader header = AppendEntriesRequestHeader.newBuilder()
                    .setGroupId(append.getGroupId())
                    .setPeerId(append.getPeerId())
                    .setServerId(append.getServerId())
                    .build();
            return appendEntries.executorSelector().select(AppendEntriesRequest.class.getName(), header);
        }
        return executor;
    }

    /** A sender's stream has ended: forgets the order of its entries, so that a new stream starts anew. */
    void closed(String remoteAddress, Connection connection) {
        closedListener.onClosed(remoteAddress, connection);
    }

    void close() {
        appendEntries.destroy();
    }
}
