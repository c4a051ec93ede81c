package dev.coord.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A closed loop over a fixed number of kept-alive connections: each sends its next request when it has the answer to the
 * one before. All on the calling thread. Bounded in time, or in count.
 */
final class HttpLoad {

    private static final long ANSWER_MICROS_MAX = TimeUnit.MINUTES.toMicros(1);

    private final InetSocketAddress address;
    private final int connections;
    private final Requests requests;

    /** One connection's request under way. */
    private static final class Flight {
        final HttpResponse response = new HttpResponse();

        @Nullable
        ByteBuffer unsent;

        long sentNanos;
    }

    HttpLoad(InetSocketAddress address, int connections, Requests requests) {
        this.address = address;
        this.connections = connections;
        this.requests = requests;
    }

    /** Runs for a time; the first part of it is not measured. */
    Measurement forSeconds(double warmUpSeconds, double seconds) throws IOException {
        return run(Long.MAX_VALUE, warmUpSeconds, seconds);
    }

    /** Sends this many requests, numbered from 0, for at most ten minutes. */
    Measurement times(long count) throws IOException {
        return run(count, 0, 600);
    }

    private Measurement run(long count, double warmUpSeconds, double seconds) throws IOException {
        Histogram micros = new Histogram(ANSWER_MICROS_MAX, 3);
        long sent = 0;
        long answered = 0;
        long operations = 0;
        long errors = 0;
        byte[] input = new byte[64 * 1024];
        List<SocketChannel> channels = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections && i < count; i++) {
                SocketChannel channel = SocketChannel.open(address);
                channels.add(channel);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Flight());
            }
            long start = System.nanoTime();
            long measureFrom = start + (long) (warmUpSeconds * 1e9);
            long end = measureFrom + (long) (seconds * 1e9);
            for (SelectionKey key : selector.keys()) {
                send(key, sent++);
            }
            long now = System.nanoTime();
            while (now < end && answered < count) {
                selector.select(100);
                now = System.nanoTime();
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isWritable()) {
                        write(key);
                    }
                    if (!key.isReadable() || !receive(key, input)) {
                        continue;
                    }
                    Flight flight = (Flight) key.attachment();
                    answered++;
                    if (now >= measureFrom) {
                        if (requests.accepts(flight.response.status(), flight.response.body())) {
                            operations++;
                            micros.recordValue(Math.min(ANSWER_MICROS_MAX, (now - flight.sentNanos) / 1000));
                        } else {
                            errors++;
                        }
                    }
                    if (sent < count) {
                        send(key, sent++);
                    }
                }
                selector.selectedKeys().clear();
            }
            double measured = (now - Math.max(start, measureFrom)) / 1e9;
            long meanMicros = Math.max(1, (long) (measured * 1e6 * connections / Math.max(1, operations)));
            return new Measurement(
                    operations, errors, measured, micros.copyCorrectedForCoordinatedOmission(meanMicros), 0, 0);
        } finally {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }

    private void send(SelectionKey key, long n) throws IOException {
        Flight flight = (Flight) key.attachment();
        flight.unsent = requests.request(n);
        flight.sentNanos = System.nanoTime();
        write(key);
    }

    private static void write(SelectionKey key) throws IOException {
        Flight flight = (Flight) key.attachment();
        ByteBuffer unsent = flight.unsent;
        if (unsent == null) {
            return;
        }
        ((SocketChannel) key.channel()).write(unsent);
        if (unsent.hasRemaining()) {
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        } else {
            flight.unsent = null;
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private static boolean receive(SelectionKey key, byte[] input) throws IOException {
        int count = ((SocketChannel) key.channel()).read(ByteBuffer.wrap(input));
        if (count < 0) {
            throw new UncheckedIOException(new IOException(
                    "the server closed a connection: look at its log, and at its limit of connections"));
        }
        Flight flight = (Flight) key.attachment();
        flight.response.add(input, count);
        return flight.response.complete();
    }
}
