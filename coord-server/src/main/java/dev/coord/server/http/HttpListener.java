package dev.coord.server.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listening sockets as one event loop sees them; Vert.x deals the connections out to all of them. */
final class HttpListener extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    /** Vert.x gives all instances of a verticle the same free port for the same negative number. */
    private static final int ANY_FREE_PORT = -1;

    private final HttpOptions options;
    private final Dispatcher dispatcher;
    /** Open ones on all event loops, which all write it. */
    private final AtomicInteger connections;
    /** Of the first address; every event loop writes the same. */
    private final AtomicInteger port;

    HttpListener(HttpOptions options, Dispatcher dispatcher, AtomicInteger connections, AtomicInteger port) {
        this.options = options;
        this.dispatcher = dispatcher;
        this.connections = connections;
        this.port = port;
    }

    @Override
    public Future<?> start() {
        List<Future<HttpServer>> listening = new ArrayList<>();
        for (String address : options.bindAddresses()) {
            listening.add(listen(address));
        }
        return Future.all(listening)
                .onSuccess(all -> port.set(all.<HttpServer>resultAt(0).actualPort()));
    }

    private Future<HttpServer> listen(String address) {
        int wanted = options.port() == 0 ? ANY_FREE_PORT : options.port();
        return vertx.createHttpServer(serverOptions())
                .connectionHandler(this::connected)
                .requestHandler(dispatcher::dispatch)
                .listen(wanted, address)
                .recover(cause -> Future.failedFuture(new IOException(
                        "can't listen for HTTP on " + address + " port " + options.port() + ": " + cause.getMessage()
                                + "; stop what uses it, or choose another address or port",
                        cause)));
    }

    private static HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setMaxInitialLineLength(HttpOptions.REQUEST_LINE_BYTES_MAX)
                .setMaxHeaderSize(HttpOptions.HEADER_BYTES_MAX)
                .setHandle100ContinueAutomatically(true)
                .setHttp2ClearTextEnabled(false)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true)
                .setIdleTimeout(HttpOptions.IDLE_SECONDS_MAX)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }

    private void connected(HttpConnection connection) {
        connection.closeHandler(ignored -> connections.decrementAndGet());
        if (connections.incrementAndGet() > options.connectionsMax()) {
            LOG.warn(
                    "closed a connection from {}: all {} HTTP connections are in use",
                    connection.remoteAddress(),
                    options.connectionsMax());
            var unused = connection.close();
        }
    }
}
