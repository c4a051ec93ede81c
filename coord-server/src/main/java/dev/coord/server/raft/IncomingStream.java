package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.coord.api.raft.v1.RaftRequest;
import dev.coord.api.raft.v1.RaftResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One other server's stream of Raft messages to this one. The transport calls the observer's methods one after the other;
 * answers come from any thread.
 */
final class IncomingStream implements StreamObserver<RaftRequest>, Connection {

    private final CallerIdentity caller;
    private final StreamObserver<RaftResponse> out;
    private final RaftProcessors processors;
    private final ClusterIdentity own;
    private final Failure failure;
    private final Consumer<Message> received;
    private final Executor executor;
    private final Executor entriesInOrder;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> forgotten = new CompletableFuture<>();

    /** Guarded by this. */
    private boolean over;

    /** @param received shown each message before it is handled; must not block */
    IncomingStream(
            CallerIdentity caller,
            StreamObserver<RaftResponse> out,
            RaftProcessors processors,
            ClusterIdentity own,
            Failure failure,
            Executor executor,
            Consumer<Message> received) {
        this.caller = caller;
        this.out = out;
        this.processors = processors;
        this.own = own;
        this.failure = failure;
        this.executor = executor;
        this.entriesInOrder = new InOrder(executor);
        this.received = received;
    }

    CallerIdentity caller() {
        return caller;
    }

    /** Tells the caller that the stream is up. */
    void greet() {
        answer(RaftResponse.getDefaultInstance());
    }

    @Override
    public void onNext(RaftRequest request) {
        if (failure.failed()) {
            return;
        }
        // Asked for each message: this server may have come to belong to a cluster after the stream began.
        Status refusal = own.refusal(caller);
        if (refusal != null) {
            end(refusal);
            return;
        }
        try {
            Message message = RaftMessages.parse(request.getType(), request.getMessage());
            received.accept(message);
            (message instanceof AppendEntriesRequest ? entriesInOrder : executor)
                    .execute(() -> handle(message, request.getId()));
        } catch (InvalidProtocolBufferException | RejectedExecutionException e) {
            refuse(request.getId(), e);
        }
    }

    private void handle(Message message, long id) {
        try {
            processors.handle(message, new Call(id));
        } catch (RuntimeException e) {
            refuse(id, e);
        }
    }

    private void refuse(long id, Exception why) {
        answer(RaftResponse.newBuilder()
                .setId(id)
                .setError(String.valueOf(why.getMessage()))
                .build());
    }

    private synchronized void answer(RaftResponse response) {
        if (!over && !failure.failed()) {
            out.onNext(response);
        }
    }

    private void end(Status status) {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            out.onError(status.asRuntimeException(own.trailers()));
        }
        forget();
    }

    /** Makes JRaft forget this stream; takes locks of JRaft's, so not on the transport's threads. */
    private void forget() {
        try {
            executor.execute(() -> {
                processors.closed(caller.raftAddress(), this);
                forgotten.complete(null);
            });
        } catch (RejectedExecutionException e) {
            // The server is stopping, and JRaft's handlers with it.
            forgotten.complete(null);
        }
    }

    /** Done when the stream has ended and JRaft has forgotten it. */
    CompletableFuture<Void> forgotten() {
        return forgotten;
    }

    @Override
    public void onError(Throwable t) {
        ended();
    }

    @Override
    public void onCompleted() {
        ended();
    }

    private void ended() {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        forget();
    }

    // ---- what JRaft remembers by connection

    @Override
    public @Nullable Object getAttribute(String key) {
        return attributes.get(key);
    }

    @Override
    public void setAttribute(String key, Object value) {
        attributes.put(key, value);
    }

    @Override
    public @Nullable Object setAttributeIfAbsent(String key, Object value) {
        return attributes.putIfAbsent(key, value);
    }

    @Override
    public void close() {
        end(Status.ABORTED.withDescription("closed by the receiving server"));
    }

    /** One message that JRaft answers. */
    private final class Call implements RpcContext {

        private final long id;

        private Call(long id) {
            this.id = id;
        }

        @Override
        public void sendResponse(Object response) {
            Message message = (Message) response;
            answer(RaftResponse.newBuilder()
                    .setId(id)
                    .setType(RaftMessages.type(message))
                    .setMessage(message.toByteString())
                    .build());
        }

        @Override
        public Connection getConnection() {
            return IncomingStream.this;
        }

        @Override
        public String getRemoteAddress() {
            return caller.raftAddress();
        }
    }
}
