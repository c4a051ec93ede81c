package dev.coord.client;

import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PollResponse;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.client.Servers.Server;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** One long poll of a watch; the next one is another feed. */
final class PollFeed extends ClientCall.Listener<PollResponse> implements Feed {

    /** How long the server holds a poll. Short enough for middleboxes, long enough to cost nothing. */
    static final long WAIT_MILLIS = 60_000;
    /** The server adds up to a sixteenth, and the network something: after that it is not coming. */
    private static final long DEADLINE_MILLIS = WAIT_MILLIS + WAIT_MILLIS / 16 + 10_000;

    /** Told on the watch's thread. */
    interface Receiver {
        void answer(PollFeed feed, PollResponse answer);

        void ended(Feed feed, Server server, Status status, long comeAgainMillis);
    }

    private final Server server;
    private final PollRequest request;
    private final Executor thread;
    private final Receiver receiver;
    private final ClientCall<PollRequest, PollResponse> call;

    PollFeed(Server server, PollRequest request, Executor thread, Receiver receiver) {
        this.server = server;
        this.request = request;
        this.thread = thread;
        this.receiver = receiver;
        call = server.channel()
                .newCall(
                        WatchGrpc.getPollMethod(),
                        CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_MILLIS, TimeUnit.MILLISECONDS));
    }

    @Override
    public void start() {
        call.start(this, new Metadata());
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
    }

    @Override
    public void more() {
        // A poll has one answer.
    }

    @Override
    public void cancel() {
        call.cancel("the watch goes on without this poll", null);
    }

    @Override
    public void onMessage(PollResponse answer) {
        thread.execute(() -> receiver.answer(this, answer));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (!status.isOk()) {
            thread.execute(() -> receiver.ended(this, server, status, Failures.comeAgainMillis(trailers)));
        }
    }
}
