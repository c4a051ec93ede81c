package dev.coord.server.raft;

import dev.coord.api.raft.v1.HttpPart;
import dev.coord.server.command.ForwardedHttp;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/** Sends the answer to a forwarded HTTP request over a gRPC stream. */
final class HttpAnswer implements ForwardedHttp.Answer {

    private final ServerCallStreamObserver<HttpPart> out;

    /** Within the call's first method, as gRPC asks of whoever sets handlers. */
    private volatile Runnable ready = () -> {};

    private volatile Runnable cancelled = () -> {};

    HttpAnswer(ServerCallStreamObserver<HttpPart> out) {
        this.out = out;
        out.setOnReadyHandler(() -> ready.run());
        out.setOnCancelHandler(() -> cancelled.run());
    }

    @Override
    public void part(HttpPart part) {
        if (!out.isCancelled()) {
            out.onNext(part);
        }
    }

    @Override
    public void end() {
        if (!out.isCancelled()) {
            out.onCompleted();
        }
    }

    @Override
    public void fail(String why) {
        if (!out.isCancelled()) {
            out.onError(Status.UNAVAILABLE.withDescription(why).asRuntimeException());
        }
    }

    @Override
    public boolean isReady() {
        return out.isReady();
    }

    @Override
    public void onReady(Runnable runnable) {
        ready = runnable;
    }

    @Override
    public void onCancel(Runnable runnable) {
        cancelled = runnable;
        if (out.isCancelled()) {
            runnable.run();
        }
    }
}
