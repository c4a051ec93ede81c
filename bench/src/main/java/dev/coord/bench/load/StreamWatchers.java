package dev.coord.bench.load;

import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Watchers by stream. They share connections: what is measured is a watch, not a connection. */
final class StreamWatchers implements Watchers {

    private static final int WATCHES_PER_CONNECTION = 1_000;

    private final List<ManagedChannel> channels = new ArrayList<>();
    private final int count;
    private final AtomicLong complete = new AtomicLong();
    private final AtomicLong told = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;

    /** @param service that the n-th watcher watches */
    StreamWatchers(int grpcPort, int count, IntFunction<String> service) {
        this(count, i -> Subject.newBuilder().setService(service.apply(i)).build(), grpcPort);
    }

    /** As the other, of keys. */
    static StreamWatchers ofKeys(int grpcPort, int count, IntFunction<String> key) {
        return new StreamWatchers(
                count, i -> Subject.newBuilder().setKey(key.apply(i)).build(), grpcPort);
    }

    private StreamWatchers(int count, IntFunction<Subject> subject, int grpcPort) {
        this.count = count;
        for (int i = 0; i < count; i++) {
            if (i % WATCHES_PER_CONNECTION == 0) {
                // Answers are handled right on the connection's event loop: they only count.
                channels.add(NettyChannelBuilder.forAddress("127.0.0.1", grpcPort)
                        .usePlaintext()
                        .directExecutor()
                        .build());
            }
            WatchRequest request =
                    WatchRequest.newBuilder().setSubject(subject.apply(i)).build();
            WatchGrpc.newStub(channels.get(channels.size() - 1)).watch(request, new Count());
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public void arm() throws IOException, InterruptedException {
        long end = System.nanoTime() + 180_000_000_000L;
        while (complete.get() < count) {
            Throwable failed = failure.get();
            if (failed != null || System.nanoTime() > end) {
                throw new IOException("only " + complete + " of " + count + " watches began", failed);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public long told() {
        return told.get();
    }

    /** A stream always goes on. */
    @Override
    public void follow() {}

    @Override
    public void close() {
        closed = true;
        channels.forEach(ManagedChannel::shutdownNow);
    }

    /** One watch's frames. */
    private final class Count implements StreamObserver<WatchFrame> {
        @Override
        public void onNext(WatchFrame frame) {
            if (frame.hasSnapshot() && frame.getSnapshot().getLast()) {
                complete.incrementAndGet();
            } else if (frame.hasChanges()) {
                told.incrementAndGet();
            }
        }

        @Override
        public void onError(Throwable problem) {
            if (!closed) {
                failure.compareAndSet(null, problem);
            }
        }

        @Override
        public void onCompleted() {}
    }
}
