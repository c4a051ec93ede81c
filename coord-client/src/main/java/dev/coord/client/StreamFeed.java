package dev.coord.client;

import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import dev.coord.client.Servers.Server;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.Executor;

/** A watch by stream. One frame is taken at a time, so that HTTP/2 flow control slows the server down to the listener. */
final class StreamFeed extends ClientCall.Listener<WatchFrame> implements Feed {

    /** Told on the watch's thread. */
    interface Receiver {
        void frame(StreamFeed feed, WatchFrame frame);

        void ended(Feed feed, Server server, Status status, long comeAgainMillis);
    }

    private final Server server;
    private final WatchRequest request;
    private final Executor thread;
    private final Receiver receiver;
    private final ClientCall<WatchRequest, WatchFrame> call;

    StreamFeed(Server server, WatchRequest request, Executor thread, Receiver receiver) {
        this.server = server;
        this.request = request;
        this.thread = thread;
        this.receiver = receiver;
        call = server.channel().newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
    }

    @Override
    public void start() {
        call.start(this, new Metadata());
        call.request(1);
        call.sendMessage(request);
        call.halfClose();
    }

    @Override
    public void more() {
        call.request(1);
    }

    @Override
    public void cancel() {
        call.cancel("the watch goes on without this stream", null);
    }

    @Override
    public void onMessage(WatchFrame frame) {
        thread.execute(() -> receiver.frame(this, frame));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        thread.execute(() -> receiver.ended(this, server, status, Failures.comeAgainMillis(trailers)));
    }
}
