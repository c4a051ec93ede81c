package dev.coord.server.http;

import dev.coord.server.limits.Limits;
import dev.coord.server.limits.Limits.Room;
import dev.coord.server.tls.PemIdentity;
import dev.coord.server.tls.PemKey;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening sockets as one event loop sees them; Vert.x deals the connections out to all of them. */
final class HttpListener extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    /** What a client gets that has too many connections: its first request is answered, nothing more. */
    private static final String TOO_MANY = "Too Many Requests";

    private final HttpOptions options;
    private final Dispatcher dispatcher;
    /** By their place among the addresses; every event loop writes the same. */
    private final Set<Listening> listening;

    /** Connections that are only told so. This event loop's alone. */
    private final Set<HttpConnection> unwelcome = new HashSet<>();

    /** @param listening is filled with what listens */
    HttpListener(HttpOptions options, Dispatcher dispatcher, Set<Listening> listening) {
        this.options = options;
        this.dispatcher = dispatcher;
        this.listening = listening;
    }

    /** One socket, as one event loop has it. */
    record Listening(int place, HttpAddress address, HttpServer server) {}

    static Set<Listening> nothing() {
        return ConcurrentHashMap.newKeySet();
    }

    @Override
    public Future<?> start() {
        List<Future<HttpServer>> all = new ArrayList<>();
        for (int place = 0; place < options.addresses().size(); place++) {
            all.add(listen(place, options.addresses().get(place)));
        }
        return Future.all(all);
    }

    private Future<HttpServer> listen(int place, HttpAddress address) {
        HttpServerOptions serverOptions;
        try {
            serverOptions = serverOptions(address.tls());
        } catch (IOException e) {
            return Future.failedFuture(new IOException("HTTPS can't be served: " + e.getMessage(), e));
        }
        HttpServer server = vertx.createHttpServer(serverOptions)
                .connectionHandler(address.admin() ? connection -> {} : this::connected)
                .requestHandler(address.admin() ? dispatcher::administer : this::requested);
        return server.listen(socketAddress(place, address))
                .onSuccess(open -> listening.add(new Listening(place, address, open)))
                .recover(cause -> Future.failedFuture(new IOException(
                        "can't listen for HTTP on " + address.text() + ": " + cause.getMessage()
                                + "; stop what uses it, or choose another address or port",
                        cause)));
    }

    private static SocketAddress socketAddress(int place, HttpAddress address) {
        if (address.isUnix()) {
            return SocketAddress.domainSocketAddress(address.path().toString());
        }
        // Vert.x gives all instances of a verticle the same free port for the same negative number.
        return address.port() == 0
                ? SocketAddress.sharedRandomPort(place + 1, address.host())
                : SocketAddress.inetSocketAddress(address.port(), address.host());
    }

    /** @throws IOException when certificate or key can't be used; without TLS, never */
    static HttpServerOptions serverOptions(HttpAddress.@Nullable Tls tls) throws IOException {
        HttpServerOptions options = new HttpServerOptions()
                .setMaxInitialLineLength(HttpOptions.REQUEST_LINE_BYTES_MAX)
                .setMaxHeaderSize(HttpOptions.HEADER_BYTES_MAX)
                .setHandle100ContinueAutomatically(true)
                .setHttp2ClearTextEnabled(false)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true)
                // Every exchange stays on its event loop; so a connection needs no queue for answers from elsewhere,
                // which is
                // half of what it weighs.
                .setStrictThreadMode(true)
                .setIdleTimeout(HttpOptions.IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        if (tls != null) {
            // Vert.x does not look whether they belong together.
            PemIdentity.read(tls.certificateChain(), tls.privateKey());
            options.setSsl(true)
                    .setUseAlpn(true)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .setCertPath(tls.certificateChain().toString())
                            .setKeyValue(
                                    Buffer.buffer(PemKey.read(tls.privateKey()).pem())));
            if (tls.clientAuthorities() != null) {
                options.setTrustOptions(new PemTrustOptions()
                                .addCertPath(tls.clientAuthorities().toString()))
                        .setClientAuth(ClientAuth.REQUIRED);
            }
        }
        return options;
    }

    private void connected(HttpConnection connection) {
        Limits limits = options.limits();
        String client = client(connection);
        connection.closeHandler(ignored -> {
            unwelcome.remove(connection);
            limits.closed(client);
        });
        Room room = limits.opened(client);
        if (room == Room.NONE) {
            LOG.warn(
                    "closed a connection from {}: all {} HTTP connections are in use (http_connections_max)",
                    client,
                    limits.settings().connectionsMax());
            var unused = connection.close();
        } else if (room == Room.NONE_FOR_CLIENT) {
            LOG.warn(
                    "{} has {} HTTP connections, as many as one client may (limits.http_max_conns_per_client); one more is"
                            + " turned away",
                    client,
                    limits.settings().connectionsPerClientMax());
            unwelcome.add(connection);
        }
    }

    private void requested(HttpServerRequest request) {
        if (!unwelcome.isEmpty() && unwelcome.contains(request.connection())) {
            request.response().setStatusCode(429).putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            var unused = request.response().end(TOO_MANY).eventually(() -> request.connection()
                    .close());
            return;
        }
        dispatcher.dispatch(request);
    }

    private static String client(HttpConnection connection) {
        SocketAddress address = connection.remoteAddress();
        String host = address == null ? null : address.hostAddress();
        return host == null ? "a unix socket" : host;
    }
}
