package dev.coord.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Clients that write at a steady rate, each by one connection from an address of its own, for a server tells clients apart by
 * their address. A write's time counts from when it was due: a slow server hides nothing.
 */
final class GentleClients implements AutoCloseable {

    private static final long MICROS_MAX = TimeUnit.MINUTES.toMicros(1);
    private static final int VALUE_BYTES = 256;
    private static final int KEYS = 1_000;

    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentHistogram micros = new ConcurrentHistogram(MICROS_MAX, 3);
    private final AtomicLong failed = new AtomicLong();
    private volatile boolean closed;

    /** @param perSecond writes of each client */
    GentleClients(InetSocketAddress server, int clients, int perSecond) {
        for (int i = 0; i < clients; i++) {
            int number = i;
            Thread thread = new Thread(() -> write(server, number, 1_000_000_000L / perSecond), "gentle-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void write(InetSocketAddress server, int number, long everyNanos) {
        Requests puts = Requests.put(n -> 1_000_000L + (long) number * KEYS + n % KEYS, VALUE_BYTES);
        try (SocketChannel channel = SocketChannel.open()) {
            channel.bind(new InetSocketAddress("127.0.1." + (1 + number), 0));
            channel.connect(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            long due = System.nanoTime();
            for (int i = 0; !closed; i++) {
                long wait = due - System.nanoTime();
                if (wait > 0) {
                    Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                }
                if (put(channel, puts, i)) {
                    micros.recordValue(Math.min(MICROS_MAX, (System.nanoTime() - due) / 1_000));
                } else {
                    failed.incrementAndGet();
                }
                due += everyNanos;
            }
        } catch (IOException e) {
            failed.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean put(SocketChannel channel, Requests puts, int n) throws IOException {
        ByteBuffer request = puts.request(n);
        while (request.hasRemaining()) {
            channel.write(request);
        }
        HttpResponse response = new HttpResponse();
        byte[] input = new byte[4096];
        while (true) {
            int count = channel.read(ByteBuffer.wrap(input));
            if (count < 0) {
                throw new IOException("the server closed a gentle client's connection");
            }
            response.add(input, count);
            if (response.complete()) {
                return puts.accepts(response.status(), response.body());
            }
        }
    }

    /** What was written until now, in microseconds; begins anew. */
    Histogram take() {
        Histogram taken = micros.copy();
        micros.reset();
        return taken;
    }

    /** Writes that were refused, and connections that broke. */
    long failed() {
        return failed.get();
    }

    @Override
    public void close() {
        closed = true;
        threads.forEach(Ends::join);
    }
}
