package dev.coord.server.raft;

import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpPart;
import dev.coord.api.raft.v1.PeerGrpc;
import dev.coord.server.command.ForwardedHttp;
import io.grpc.ConnectivityState;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One HTTP request on its way to a server, or to the next if that one does not answer. */
final class HttpForward {

    private final PeerConnections connections;
    private final HttpCall call;
    private final boolean repeatable;
    private final ForwardedHttp.Receiver receiver;
    private final Duration timeout;
    private final Consumer<String> answered;

    /** Set for each server that is asked; read by whoever asks for more or gives up. */
    private volatile @Nullable ClientCallStreamObserver<HttpCall> stream;

    private volatile boolean cancelled;

    HttpForward(
            PeerConnections connections,
            HttpCall call,
            boolean repeatable,
            ForwardedHttp.Receiver receiver,
            Duration timeout,
            Consumer<String> answered) {
        this.connections = connections;
        this.call = call;
        this.repeatable = repeatable;
        this.receiver = receiver;
        this.timeout = timeout;
        this.answered = answered;
    }

    void toFirstOf(List<String> servers) {
        receiver.begin(this::next, this::cancel);
        ask(servers, 0, Status.UNAVAILABLE.withDescription("No known Consul servers"));
    }

    private void next() {
        ClientCallStreamObserver<HttpCall> current = stream;
        if (current != null) {
            current.request(1);
        }
    }

    private void cancel() {
        cancelled = true;
        ClientCallStreamObserver<HttpCall> current = stream;
        if (current != null) {
            current.cancel("the client is gone", null);
        }
    }

    private void ask(List<String> servers, int at, Status lastFailure) {
        if (cancelled) {
            return;
        }
        if (at == servers.size()) {
            receiver.failed(text(lastFailure));
            return;
        }
        PeerConnection connection = connections.to(servers.get(at));
        boolean surelyUp = connection.channel().getState(true) == ConnectivityState.READY;
        PeerGrpc.newStub(connection.channel())
                .withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .http(call, new ClientResponseObserver<HttpCall, HttpPart>() {
                    private boolean begun;

                    @Override
                    public void beforeStart(ClientCallStreamObserver<HttpCall> requests) {
                        requests.disableAutoRequestWithInitial(1);
                        stream = requests;
                    }

                    @Override
                    public void onNext(HttpPart part) {
                        if (!begun) {
                            begun = true;
                            answered.accept(connection.address());
                        }
                        connection.heard();
                        receiver.part(part);
                    }

                    @Override
                    public void onError(Throwable t) {
                        Status status = Status.fromThrowable(t);
                        // Where there never was a connection, nothing can have been done.
                        boolean untouched = !surelyUp && status.getCode() == Status.Code.UNAVAILABLE;
                        if (!begun && (repeatable || untouched)) {
                            ask(servers, at + 1, status);
                        } else {
                            receiver.failed(text(status));
                        }
                    }

                    @Override
                    public void onCompleted() {
                        receiver.end();
                    }
                });
    }

    private static String text(Status status) {
        String description = status.getDescription();
        return description == null ? status.getCode().name() : description;
    }
}
