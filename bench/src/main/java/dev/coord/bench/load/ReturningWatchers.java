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
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Clients that watch a service by long poll, a connection each, and come back by themselves when it is lost: within a second
 * at random, or when a server that turned them away has said. All served by one thread.
 */
final class ReturningWatchers implements AutoCloseable {

    /** An address has some 28,000 ports, and one whose connection was closed is not free for a minute. */
    private static final int CONNECTIONS_PER_ADDRESS = 5_000;

    private static final long RETRY_NANOS_MAX = 1_000_000_000L;
    private static final int REFUSED_FOR_NOW = 503;
    private static final int NO_LEADER = 500;

    private final InetSocketAddress server;
    private final String path;
    private final Selector selector = Selector.open();
    /** Those who connect or ask when their time has come; of the thread alone. */
    private final PriorityQueue<Client> due = new PriorityQueue<>(Comparator.comparingLong(client -> client.dueNanos));

    private final Random random = new Random(7);
    private final AtomicLong told = new AtomicLong();
    private final AtomicLong turnedAway = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;

    /** Used by the thread alone. */
    private static final class Client {
        final String from;
        HttpResponse response = new HttpResponse();

        @Nullable
        SocketChannel channel;

        long index;
        long dueNanos;

        Client(String from) {
            this.from = from;
        }
    }

    ReturningWatchers(InetSocketAddress server, int count, String service) throws IOException {
        this.server = server;
        this.path = "/v1/health/service/" + service + "?wait=10m&index=";
        for (int i = 0; i < count; i++) {
            Client client = new Client("127.0.2." + (1 + i / CONNECTIONS_PER_ADDRESS));
            client.dueNanos = System.nanoTime();
            due.add(client);
        }
        thread = new Thread(this::run, "returning-watchers");
        thread.start();
    }

    /** How many times somebody was told of a change. */
    long told() throws IOException {
        failIfEnded();
        return told.get();
    }

    /** Nobody comes back when the thread is no more. */
    void failIfEnded() throws IOException {
        Throwable why = failure;
        if (why != null) {
            throw new IOException("the watchers' thread ended", why);
        }
    }

    /** How many times somebody was told to come again later. */
    long turnedAway() {
        return turnedAway.get();
    }

    /** How many connections were lost or could not be made. */
    long lost() {
        return lost.get();
    }

    private void run() {
        byte[] input = new byte[64 * 1024];
        try {
            while (!closed) {
                long now = System.nanoTime();
                for (Client next = due.peek(); next != null && next.dueNanos - now <= 0; next = due.peek()) {
                    due.remove();
                    begin(next);
                }
                selector.select(5);
                for (SelectionKey key : selector.selectedKeys()) {
                    serve(key, input);
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
    }

    private void begin(Client client) throws IOException {
        try {
            if (client.channel != null) {
                ask(client, client.channel);
                return;
            }
            SocketChannel channel = SocketChannel.open();
            client.channel = channel;
            client.response = new HttpResponse();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.bind(new InetSocketAddress(client.from, 0));
            channel.register(selector, SelectionKey.OP_CONNECT, client);
            channel.connect(server);
        } catch (IOException e) {
            comeAgain(client);
        }
    }

    private void serve(SelectionKey key, byte[] input) throws IOException {
        Client client = (Client) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                key.interestOps(SelectionKey.OP_READ);
                ask(client, channel);
                return;
            }
            int count = channel.read(ByteBuffer.wrap(input));
            if (count < 0) {
                comeAgain(client);
                return;
            }
            client.response.add(input, count);
            if (client.response.complete()) {
                answered(client, channel);
            }
        } catch (IOException e) {
            comeAgain(client);
        }
    }

    private void answered(Client client, SocketChannel channel) throws IOException {
        HttpResponse response = client.response;
        if (response.status() == REFUSED_FOR_NOW) {
            turnedAway.incrementAndGet();
            double seconds = Math.max(1, response.retryAfterSeconds()) * (1 + random.nextDouble() / 4);
            client.dueNanos = System.nanoTime() + (long) (seconds * 1e9);
            due.add(client);
            return;
        }
        if (response.status() == NO_LEADER) {
            comeAgain(client);
            return;
        }
        if (response.status() != 200) {
            throw new UncheckedIOException(new IOException("a watcher was answered " + response.status() + " "
                    + new String(response.body(), StandardCharsets.UTF_8)));
        }
        if (client.index > 0 && response.index() > client.index) {
            told.incrementAndGet();
        }
        client.index = response.index();
        ask(client, channel);
    }

    private void comeAgain(Client client) throws IOException {
        lost.incrementAndGet();
        if (client.channel != null) {
            client.channel.close();
            client.channel = null;
        }
        client.dueNanos = System.nanoTime() + (long) (random.nextDouble() * RETRY_NANOS_MAX);
        due.add(client);
    }

    private void ask(Client client, SocketChannel channel) throws IOException {
        ByteBuffer request = ByteBuffer.wrap(("GET " + path + client.index + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        // A request is some hundred bytes: an idle connection takes it whole.
        while (request.hasRemaining()) {
            channel.write(request);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        Ends.join(thread);
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
