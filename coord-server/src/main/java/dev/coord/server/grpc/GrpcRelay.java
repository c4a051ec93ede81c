package dev.coord.server.grpc;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On an agent that is no server: hands each connection for gRPC, byte by byte, to a server. So each service works, today's and
 * tomorrow's, and TLS is between the client and the server. A connection ends when the server's does; the client's next one
 * goes to another.
 *
 * <p>At {@link #CONNECTIONS_MAX} connections one more is closed. Threads: Vert.x event loops; {@link #start} and {@link #close}
 * are called by one thread, in this order, and return at once.
 */
public final class GrpcRelay {

    /** The most connections of all clients; each costs one more to a server. */
    static final int CONNECTIONS_MAX = 4_096;

    private static final Logger LOG = LoggerFactory.getLogger(GrpcRelay.class);
    private static final int CONNECT_MILLIS_MAX = 2_000;
    /** A server that acknowledges nothing for so long is gone. */
    private static final int SILENT_MILLIS_MAX = 30_000;

    private final Vertx vertx;
    private final Supplier<List<String>> servers;
    private final NetClient client;
    private final List<NetServer> listening = new ArrayList<>();
    private final AtomicInteger open = new AtomicInteger();

    /**
     * Does not listen yet.
     *
     * @param vertx not owned
     * @param servers host:port of the gRPC of those that are alive, in the order in which to try; must answer at once
     */
    public GrpcRelay(Vertx vertx, Supplier<List<String>> servers) {
        this.vertx = vertx;
        this.servers = servers;
        NetClientOptions options = new NetClientOptions().setConnectTimeout(CONNECT_MILLIS_MAX);
        options.setTcpNoDelay(true).setTcpKeepAlive(true).setTcpUserTimeout(SILENT_MILLIS_MAX);
        this.client = vertx.createNetClient(options);
    }

    /**
     * Listens on every address.
     *
     * @param addresses at least one; their certificates do not count
     * @return the port of the first; fails with {@link IOException} naming the address that can't be had
     */
    public Future<Integer> start(List<GrpcOptions.Address> addresses) {
        List<Future<NetServer>> all = addresses.stream().map(this::listen).toList();
        return Future.all(all).map(done -> all.get(0).result().actualPort());
    }

    private Future<NetServer> listen(GrpcOptions.Address address) {
        NetServer server = vertx.createNetServer(
                        new NetServerOptions().setTcpNoDelay(true).setTcpKeepAlive(true))
                .connectHandler(this::connected);
        listening.add(server);
        return server.listen(address.port(), address.host())
                .recover(cause -> Future.failedFuture(new IOException(
                        "can't listen for gRPC on " + address.host() + ":" + address.port() + ": " + cause.getMessage()
                                + "; stop what uses it, or choose another address or port",
                        cause)));
    }

    private void connected(NetSocket from) {
        if (open.incrementAndGet() > CONNECTIONS_MAX) {
            open.decrementAndGet();
            LOG.warn(
                    "closed a gRPC connection from {}: all {} that this agent hands on are in use",
                    from.remoteAddress(),
                    CONNECTIONS_MAX);
            var unused = from.close();
            return;
        }
        from.pause();
        Promise<Void> gone = Promise.promise();
        from.closeHandler(ignored -> {
            open.decrementAndGet();
            gone.complete();
        });
        connect(from, gone.future(), servers.get(), 0, "no server with gRPC is known to be alive");
    }

    private void connect(NetSocket from, Future<Void> gone, List<String> candidates, int place, String why) {
        if (place == candidates.size()) {
            LOG.debug("closed a gRPC connection from {}: {}", from.remoteAddress(), why);
            var unused = from.close();
            return;
        }
        String server = candidates.get(place);
        int colon = server.lastIndexOf(':');
        SocketAddress address = SocketAddress.inetSocketAddress(
                Integer.parseInt(server.substring(colon + 1)),
                server.substring(0, colon).replaceAll("[\\[\\]]", ""));
        client.connect(address)
                .onSuccess(to -> {
                    // Either end closes the other when it ends, also where it has ended already.
                    gone.onComplete(ended -> to.close());
                    var unused = from.pipeTo(to);
                    var unusedToo = to.pipeTo(from).onComplete(ended -> from.close());
                })
                .onFailure(failure -> connect(from, gone, candidates, place + 1, server + ": " + failure.getMessage()));
    }

    /** Stops listening and ends all connections. */
    public Future<Void> close() {
        List<Future<Void>> all =
                new ArrayList<>(listening.stream().map(NetServer::close).toList());
        all.add(client.close());
        return Future.all(all).mapEmpty();
    }
}
