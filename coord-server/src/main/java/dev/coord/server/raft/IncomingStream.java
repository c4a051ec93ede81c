package dev.coord.server.raft;

import com.alipay.sofa.jraft.rpc.Connection;
import com.alipay.sofa.jraft.rpc.RpcContext;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.coord.api.raft.v1.RaftRequest;
import dev.coord.api.raft.v1.RaftResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One other server's stream of Raft messages to this one. The transport calls the observer's methods one after the other;
 * answers come from any thread.
 */
final class IncomingStream implements StreamObserver<RaftRequest>, Connection {

    private final CallerIdentity caller;
    private final StreamObserver<RaftResponse> out;
    private final RaftProcessors processors;
    private final Supplier<String> ownClusterId;
    private final Failure failure;
    private final Consumer<Message> received;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    /** Guarded by this. */
    private boolean over;

    /** @param received shown each message before it is handled; must not block */
    IncomingStream(
            CallerIdentity caller,
            StreamObserver<RaftResponse> out,
            RaftProcessors processors,
            Supplier<String> ownClusterId,
            Failure failure,
            Consumer<Message> received) {
        this.caller = caller;
        this.out = out;
        this.processors = processors;
        this.ownClusterId = ownClusterId;
        this.failure = failure;
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
        Status refusal = CallerIdentity.refusal(caller.clusterId(), ownClusterId.get());
        if (refusal != null) {
            end(refusal);
            return;
        }
        try {
            Message message = RaftMessages.parse(request.getType(), request.getMessage());
            received.accept(message);
            processors.handle(message, new Call(request.getId()));
        } catch (InvalidProtocolBufferException | RuntimeException e) {
            answer(RaftResponse.newBuilder()
                    .setId(request.getId())
                    .setError(String.valueOf(e.getMessage()))
                    .build());
        }
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
            out.onError(status.asRuntimeException());
        }
        processors.closed(caller.raftAddress(), this);
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
        processors.closed(caller.raftAddress(), this);
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
