package dev.coord.client;

import dev.coord.api.v1.Member;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers that are known: those that the builder was given and those that they named, at most {@link #SERVERS_MAX}, one
 * connection each. Guarded by this, and never held during I/O.
 */
final class Servers {

    /** The most servers that a client keeps a connection to; more members are not used. */
    static final int SERVERS_MAX = 16;

    /** The largest answer taken, bytes: a frame of a watch or a page of a list is smaller. */
    private static final int ANSWER_BYTES_MAX = 32 << 20;

    private static final Logger log = LoggerFactory.getLogger(Servers.class);

    private final ClientOptions options;
    private final Map<String, Server> servers = new LinkedHashMap<>();
    private @Nullable Server leader;
    /** Where reads go while it answers; where to begin after a failure. */
    private int current;

    private boolean closed;

    /** One address and the connection to it, opened at first use and again by itself. */
    record Server(String address, ManagedChannel connection, Channel channel) {}

    Servers(ClientOptions options) {
        this.options = options;
        for (String address : options.addresses()) {
            servers.computeIfAbsent(address, this::connect);
        }
        // Not every client begins with the first address of the same configuration file.
        current = options.random().nextInt(servers.size());
    }

    private Server connect(String address) {
        ManagedChannel connection = Grpc.newChannelBuilder(address, options.credentials())
                .directExecutor()
                .maxInboundMessageSize(ANSWER_BYTES_MAX)
                .keepAliveTime(10, TimeUnit.SECONDS)
                .keepAliveTimeout(5, TimeUnit.SECONDS)
                .disableRetry()
                .build();
        return new Server(address, connection, channel(connection));
    }

    private Channel channel(ManagedChannel connection) {
        if (options.token() == null) {
            return connection;
        }
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER), options.token());
        return ClientInterceptors.intercept(connection, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /**
     * Whom to ask.
     *
     * @param leaderFirst the leader where it is known; else, and for further tries, one after the other
     * @param tries how often this request was tried already
     */
    synchronized Server pick(boolean leaderFirst, int tries) {
        if (closed) {
            throw new CoordException(CoordException.Reason.CLOSED, "The client is closed", null);
        }
        if (leaderFirst && leader != null && tries == 0) {
            return leader;
        }
        List<Server> all = List.copyOf(servers.values());
        return all.get(Math.floorMod(current, all.size()));
    }

    /** How many there are: after as many failures in a row all have failed. */
    synchronized int count() {
        return servers.size();
    }

    /** A server can't be reached or does not know a leader: others are asked first from now on. */
    synchronized void failed(Server server) {
        if (server.equals(leader)) {
            leader = null;
        }
        List<Server> all = List.copyOf(servers.values());
        if (all.get(Math.floorMod(current, all.size())).equals(server)) {
            current = Math.floorMod(current + 1, all.size());
        }
    }

    /** The leader as last heard of. */
    synchronized @Nullable Server leader() {
        return leader;
    }

    /** What a server said about the cluster. Closes connections to servers that are neither members nor configured. */
    void learn(List<Member> members) {
        List<Server> gone = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            Server now = List.copyOf(servers.values()).get(Math.floorMod(current, servers.size()));
            leader = null;
            List<String> wanted = new ArrayList<>(options.addresses());
            for (Member member : members) {
                String address = member.getGrpcAddress();
                if (!address.isEmpty() && (servers.containsKey(address) || servers.size() < SERVERS_MAX)) {
                    wanted.add(address);
                    Server server = servers.computeIfAbsent(address, this::connect);
                    if (member.getLeader()) {
                        leader = server;
                    }
                }
            }
            servers.values().removeIf(server -> !wanted.contains(server.address()) && gone.add(server));
            current = Math.max(0, List.copyOf(servers.values()).indexOf(now));
        }
        for (Server server : gone) {
            log.info("{} is no longer a member of the cluster", server.address());
            server.connection().shutdown();
        }
    }

    /** The addresses, for messages. */
    @Override
    public synchronized String toString() {
        return String.join(", ", servers.keySet());
    }

    /** Breaks all connections; calls under way fail. */
    void close() {
        List<Server> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(servers.values());
        }
        all.forEach(server -> Objects.requireNonNull(server.connection().shutdownNow()));
        boolean interrupted = false;
        for (Server server : all) {
            try {
                if (!server.connection().awaitTermination(1, TimeUnit.SECONDS)) {
                    log.warn("The connection to {} did not close within 1 s", server.address());
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
