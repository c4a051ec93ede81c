package dev.coord.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/** Watchers by long poll, as today's Consul clients do it: a connection each, all served by one thread. */
final class PollWatchers implements Watchers {

    /**
     * More connections than this come from another loopback address, and so do the watchers made next: an address has some
     * 28,000 ports, and one whose connection was closed is not free for a minute.
     */
    private static final int CONNECTIONS_PER_ADDRESS = 10_000;

    private static final int ADDRESSES = 250;
    private static final AtomicInteger NEXT_ADDRESS = new AtomicInteger();

    private final List<SelectionKey> watchers = new ArrayList<>();
    private final Selector selector = Selector.open();
    private final Queue<SelectionKey> toAsk = new ConcurrentLinkedQueue<>();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong told = new AtomicLong();
    private final Thread thread;
    private volatile boolean following;
    private volatile boolean closed;
    private volatile Throwable failure = new IOException("none");
    private volatile boolean failed;

    /** One connection. Used by the thread alone once that runs. */
    private static final class Poll {
        final String path;
        final HttpResponse response = new HttpResponse();
        long index;

        Poll(String path) {
            this.path = path;
        }
    }

    /** @param service that the n-th watcher watches */
    PollWatchers(InetSocketAddress server, int count, IntFunction<String> service) throws IOException {
        String from = "";
        for (int i = 0; i < count; i++) {
            if (i % CONNECTIONS_PER_ADDRESS == 0) {
                from = "127.0.0." + (2 + NEXT_ADDRESS.getAndIncrement() % ADDRESSES);
            }
            SocketChannel channel = SocketChannel.open();
            channel.bind(new InetSocketAddress(from, 0));
            channel.connect(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            watchers.add(channel.register(
                    selector,
                    SelectionKey.OP_READ,
                    new Poll("/v1/health/service/" + service.apply(i) + "?wait=10m&index=")));
        }
        thread = new Thread(this::run, "poll-watchers");
        thread.start();
    }

    @Override
    public int count() {
        return watchers.size();
    }

    @Override
    public void arm() throws IOException, InterruptedException {
        // A first answer gives the index to wait from.
        long before = answered.get();
        int fresh = 0;
        for (SelectionKey key : watchers) {
            fresh += ((Poll) key.attachment()).index == 0 ? 1 : 0;
        }
        toAsk.addAll(watchers);
        selector.wakeup();
        long end = System.nanoTime() + 60_000_000_000L;
        while (answered.get() < before + fresh) {
            check();
            if (System.nanoTime() > end) {
                throw new IOException(
                        "only " + (answered.get() - before) + " of " + fresh + " watchers got a first answer");
            }
            Thread.sleep(5);
        }
        if (fresh > 0) {
            told.set(0);
            toAsk.addAll(watchers);
            selector.wakeup();
        }
    }

    private void check() throws IOException {
        if (failed) {
            throw new IOException("a watcher lost its connection", failure);
        }
    }

    @Override
    public long told() {
        return told.get();
    }

    @Override
    public void follow() {
        following = true;
    }

    private void run() {
        byte[] input = new byte[64 * 1024];
        try {
            while (!closed) {
                selector.select(100);
                for (SelectionKey key = toAsk.poll(); key != null; key = toAsk.poll()) {
                    ask(key);
                }
                for (SelectionKey key : selector.selectedKeys()) {
                    receive(key, input);
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
            failed = true;
        }
    }

    private static void ask(SelectionKey key) throws IOException {
        Poll poll = (Poll) key.attachment();
        ByteBuffer request = ByteBuffer.wrap(("GET " + poll.path + poll.index + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        // A request is some hundred bytes: an idle connection takes it whole.
        while (request.hasRemaining()) {
            ((SocketChannel) key.channel()).write(request);
        }
    }

    private void receive(SelectionKey key, byte[] input) throws IOException {
        int count = ((SocketChannel) key.channel()).read(ByteBuffer.wrap(input));
        if (count < 0) {
            throw new UncheckedIOException(new IOException("the server closed a watcher's connection"));
        }
        Poll poll = (Poll) key.attachment();
        poll.response.add(input, count);
        if (!poll.response.complete()) {
            return;
        }
        if (poll.response.status() != 200) {
            throw new IllegalStateException("a watcher was answered " + poll.response.status());
        }
        if (poll.response.index() > poll.index && poll.index > 0) {
            told.incrementAndGet();
        }
        poll.index = poll.response.index();
        answered.incrementAndGet();
        if (following) {
            ask(key);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        Ends.join(thread);
        for (SelectionKey key : watchers) {
            key.channel().close();
        }
        selector.close();
    }
}
