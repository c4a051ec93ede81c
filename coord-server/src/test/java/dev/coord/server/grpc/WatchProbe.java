package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client that takes frames one by one, as fast or slowly as the scenario asks. */
final class WatchProbe implements ClientResponseObserver<WatchRequest, WatchFrame> {

    private final BlockingQueue<WatchFrame> frames = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();
    /** Written before the call starts. */
    private @Nullable ClientCallStreamObserver<WatchRequest> call;

    static WatchProbe open(Channel channel, WatchRequest request) {
        WatchProbe probe = new WatchProbe();
        WatchGrpc.newStub(channel).watch(request, probe);
        return probe;
    }

    static WatchProbe open(Channel channel, Subject subject, long after) {
        return open(
                channel,
                WatchRequest.newBuilder()
                        .setSubject(subject)
                        .setAfterRevision(after)
                        .build());
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
        call = stream;
        stream.disableAutoRequestWithInitial(0);
    }

    /** The next frame, bookmarks included. */
    WatchFrame next() {
        call().request(1);
        try {
            WatchFrame frame = frames.poll(10, TimeUnit.SECONDS);
            assertThat(frame)
                    .as("a frame within 10 s; the watch ended with %s", end.getNow(null))
                    .isNotNull();
            return frame;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets one frame come without waiting for it. */
    void request() {
        call().request(1);
    }

    /** The next frame that says something. */
    WatchFrame nextNews() {
        WatchFrame frame = next();
        while (frame.hasBookmark()) {
            frame = next();
        }
        return frame;
    }

    Status ended() throws Exception {
        return end.get(10, TimeUnit.SECONDS);
    }

    void cancel() {
        call().cancel("the scenario is over", null);
    }

    private ClientCallStreamObserver<WatchRequest> call() {
        ClientCallStreamObserver<WatchRequest> open = call;
        if (open == null) {
            throw new IllegalStateException("not started");
        }
        return open;
    }

    @Override
    public void onNext(WatchFrame frame) {
        frames.add(frame);
    }

    @Override
    public void onError(Throwable failure) {
        end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
        end.complete(Status.OK);
    }
}
