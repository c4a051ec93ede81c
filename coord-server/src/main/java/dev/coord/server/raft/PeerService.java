package dev.coord.server.raft;

import com.google.protobuf.Message;
import dev.coord.api.raft.v1.ChangeRequest;
import dev.coord.api.raft.v1.ChangeResponse;
import dev.coord.api.raft.v1.DnsCall;
import dev.coord.api.raft.v1.DnsReply;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpPart;
import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.JoinResponse;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.LeaveRequest;
import dev.coord.api.raft.v1.LeaveResponse;
import dev.coord.api.raft.v1.NodeRequest;
import dev.coord.api.raft.v1.NodeResponse;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.api.raft.v1.RaftRequest;
import dev.coord.api.raft.v1.RaftResponse;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** What other servers may ask on the Raft port. Runs on the transport's threads and never blocks them. */
final class PeerService extends PeerGrpc.PeerImplBase {

    private final RaftProcessors processors;
    private final PeerHandler handler;
    private final ClusterIdentity own;
    private final Failure failure;
    private final Executor executor;
    private final Consumer<Message> received;
    /** By the caller's Raft address. */
    private final Map<String, IncomingStream> streams = new ConcurrentHashMap<>();

    PeerService(
            RaftProcessors processors,
            PeerHandler handler,
            ClusterIdentity own,
            Failure failure,
            Executor executor,
            Consumer<Message> received) {
        this.processors = processors;
        this.handler = handler;
        this.own = own;
        this.failure = failure;
        this.executor = executor;
        this.received = received;
    }

    @Override
    public StreamObserver<RaftRequest> raft(StreamObserver<RaftResponse> out) {
        CallerIdentity caller = CallerIdentity.KEY.get();
        IncomingStream stream = new IncomingStream(caller, out, processors, own, failure, executor, received);
        IncomingStream before = streams.put(caller.raftAddress(), stream);
        if (before == null) {
            stream.greet();
        } else {
            // The caller sends nothing before it is greeted, so nothing of the new stream is forgotten with the old
            // one.
            before.close();
            CompletableFuture<Void> unused = before.forgotten().thenRun(stream::greet);
        }
        return stream;
    }

    @Override
    public void forward(ForwardRequest request, StreamObserver<ForwardResponse> out) {
        answer(handler.forward(request), out);
    }

    @Override
    public void lease(LeaseRequest request, StreamObserver<LeaseResponse> out) {
        answer(handler.lease(request), out);
    }

    @Override
    public void hello(HelloRequest request, StreamObserver<HelloResponse> out) {
        answer(CompletableFuture.completedFuture(handler.hello(request)), out);
    }

    @Override
    public void join(JoinRequest request, StreamObserver<JoinResponse> out) {
        answer(handler.join(request), out);
    }

    @Override
    public void leave(LeaveRequest request, StreamObserver<LeaveResponse> out) {
        answer(handler.leave(request), out);
    }

    @Override
    public void change(ChangeRequest request, StreamObserver<ChangeResponse> out) {
        answer(handler.change(request), out);
    }

    @Override
    public void node(NodeRequest request, StreamObserver<NodeResponse> out) {
        answer(handler.node(request), out);
    }

    @Override
    public void dns(DnsCall call, StreamObserver<DnsReply> out) {
        answer(handler.dns(call), out);
    }

    @Override
    public void token(TokenCall call, StreamObserver<TokenReply> out) {
        answer(handler.token(call), out);
    }

    @Override
    public void http(HttpCall call, StreamObserver<HttpPart> out) {
        handler.http(call, new HttpAnswer((ServerCallStreamObserver<HttpPart>) out));
    }

    private <T> void answer(CompletableFuture<T> answer, StreamObserver<T> out) {
        CompletableFuture<T> unused = answer.whenComplete((value, error) -> {
            if (failure.failed()) {
                // What this server could not keep must not be promised, and what it did may still count.
                out.onError(Status.UNAVAILABLE
                        .withDescription("this server has failed")
                        .asRuntimeException());
            } else if (error != null) {
                out.onError(
                        Status.INTERNAL.withDescription(String.valueOf(error)).asRuntimeException());
            } else {
                out.onNext(value);
                out.onCompleted();
            }
        });
    }
}
