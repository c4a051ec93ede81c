package dev.coord.tools;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The network between servers: each of them has its Raft port on a loopback address of its own, and reaches each other one by a
 * proxy with another address and the same port, so that the proxy knows who calls whom. What is sent from one to another can be
 * held back, as TCP does while packets are lost, be late, stall, or end with a reset; both ways or one way. Safe from any thread.
 */
final class PeerLinks implements AutoCloseable {

    /** What one server sends to another. */
    record Link(int from, int to) {
        Link back() {
            return new Link(to, from);
        }
    }

    private static final int BUFFER_BYTES = 64 << 10;
    private static final int CONNECT_MILLIS_MAX = 2_000;
    /** As long as TCP waits before it sends again what was lost. */
    private static final int STALL_MILLIS_MIN = 200;

    private static final int STALL_MILLIS_MAX = 500;
    /** Of a hundred losses so many end the connection. */
    private static final int RESETS_PERCENT = 10;

    private final Map<Integer, Integer> ports = new HashMap<>();
    private final List<ServerSocket> listening = new ArrayList<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Random losses;

    // Under this object's lock:
    private final Map<Link, Boolean> cuts = new HashMap<>();
    private int delayMillis;
    private int lossPerMille;
    private boolean closed;

    /** @param ports the servers' Raft ports, in order */
    PeerLinks(List<Integer> ports, long seed) {
        losses = new Random(seed);
        for (int to = 0; to < ports.size(); to++) {
            this.ports.put(to, ports.get(to));
            for (int from = 0; from < ports.size(); from++) {
                if (from != to) {
                    listen(new Link(from, to));
                }
            }
        }
    }

    /** Where a server listens. */
    static String address(int server) {
        return "127.0." + (10 + server) + ".1";
    }

    /** Where one server finds another: itself, or the proxy between them. */
    static String address(int from, int to) {
        return from == to ? address(to) : "127.0." + (10 + to) + "." + (10 + from);
    }

    private void listen(Link link) {
        try {
            ServerSocket socket = new ServerSocket();
            listening.add(socket);
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address(link.from, link.to)), ports.get(link.to)));
            start("link-" + link.from + "-" + link.to, () -> accept(link, socket));
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        }
    }

    private static void start(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(Link link, ServerSocket socket) {
        while (true) {
            try {
                Connection connection = new Connection(link, socket.accept());
                connections.add(connection);
                start("link-connect", connection::connect);
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    /** What is sent over these is held back, or ends its connection, until they are mended. */
    void cut(List<Link> links, boolean resets) {
        synchronized (this) {
            links.forEach(link -> cuts.put(link, resets));
        }
        if (resets) {
            connections.stream()
                    .filter(connection -> links.contains(connection.link) || links.contains(connection.link.back()))
                    .forEach(Connection::reset);
        }
    }

    synchronized void mend(List<Link> links) {
        links.forEach(cuts::remove);
        notifyAll();
    }

    /** Whatever is sent is late by this; 0: not any more. */
    synchronized void delay(int millis) {
        delayMillis = millis;
    }

    /** So many of a thousand reads of what was sent stall for a while, and some of these end the connection; 0: none any more. */
    synchronized void lose(int perMille) {
        lossPerMille = perMille;
    }

    /** How many there are now: for tests of this class. */
    int connections() {
        return connections.size();
    }

    /** Waits as long as the link holds back. False: the connection must end. */
    private synchronized boolean passes(Link link) throws InterruptedException {
        while (!closed && cuts.containsKey(link)) {
            if (cuts.get(link)) {
                return false;
            }
            wait();
        }
        return !closed;
    }

    /** Waits as long as what is sent takes. False: the connection must end. */
    private boolean delivers() throws InterruptedException {
        int late;
        boolean resets = false;
        synchronized (this) {
            late = delayMillis;
            if (losses.nextInt(1_000) < lossPerMille) {
                late += STALL_MILLIS_MIN + losses.nextInt(STALL_MILLIS_MAX - STALL_MILLIS_MIN);
                resets = losses.nextInt(100) < RESETS_PERCENT;
            }
        }
        TimeUnit.MILLISECONDS.sleep(late);
        return !resets;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        listening.forEach(PeerLinks::close);
        connections.forEach(Connection::reset);
    }

    private static void close(Closeable one) {
        try {
            one.close();
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }

    /** Of one server to another, by its proxy. */
    private final class Connection {
        private final Link link;
        private final Socket caller;
        private final Socket called = new Socket();

        private Connection(Link link, Socket caller) {
            this.link = link;
            this.caller = caller;
        }

        /** Packets go both ways before the first byte does. */
        private void connect() {
            try {
                if (passes(link) && passes(link.back())) {
                    called.connect(new InetSocketAddress(address(link.to), ports.get(link.to)), CONNECT_MILLIS_MAX);
                    caller.setTcpNoDelay(true);
                    called.setTcpNoDelay(true);
                    start("link-back", () -> pump(link.back(), called, caller));
                    pump(link, caller, called);
                }
            } catch (IOException e) {
                // Nobody listens: the caller is told by the reset.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                reset();
            }
        }

        private void pump(Link way, Socket from, Socket to) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (!delivers() || !passes(way)) {
                        break;
                    }
                    out.write(buffer, 0, read);
                }
            } catch (IOException e) {
                // One of the two has gone.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                reset();
            }
        }

        private void reset() {
            connections.remove(this);
            for (Socket socket : List.of(caller, called)) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    // It is closed already.
                }
                close(socket);
            }
        }
    }
}
