package dev.coord.server.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams of one service whose clients are not gone, to end them when the server stops. Any thread, nothing blocks. */
final class OpenStreams {

    private final Set<NewestStream<?, ?>> open = ConcurrentHashMap.newKeySet();

    private volatile boolean stopping;

    /** Begins a stream; called while its call is being accepted, for gRPC takes handlers only then. */
    <M> void begin(NewestStream<?, M> stream, ServerCallStreamObserver<M> out) {
        out.setOnCancelHandler(() -> {
            open.remove(stream);
            stream.cancel();
        });
        out.setOnCloseHandler(() -> open.remove(stream));
        out.setOnReadyHandler(stream::wake);
        open.add(stream);
        stream.open();
        if (stopping) {
            stream.stop();
        }
    }

    /** Ends every stream, now and later. */
    void stop() {
        stopping = true;
        open.forEach(NewestStream::stop);
    }
}
