package dev.coord.server.grpc;

import dev.coord.server.tls.PemCertificates;
import dev.coord.server.tls.PemIdentity;
import dev.coord.server.tls.RenewableSslContext;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address that is listened on, with its certificate. Started and ended by one thread. */
final class GrpcListener {

    private static final Logger log = LoggerFactory.getLogger(GrpcListener.class);

    private final GrpcOptions.Address address;
    /** Null: plain. Safe from any thread. */
    private final @Nullable RenewableSslContext context;

    private final NettyServerBuilder builder;
    /** Written by start, read by anybody. */
    private volatile @Nullable Server server;

    /** @throws IOException when a TLS file can't be read; names it */
    GrpcListener(GrpcOptions.Address address) throws IOException {
        this.address = address;
        this.context = address.tls() == null ? null : new RenewableSslContext(read(address.tls()));
        this.builder = NettyServerBuilder.forAddress(new InetSocketAddress(address.host(), address.port()));
        if (context != null) {
            builder.sslContext(context);
        }
    }

    private static SslContext read(GrpcOptions.Tls tls) throws IOException {
        try {
            PemIdentity own = PemIdentity.read(tls.certificateChain(), tls.privateKey());
            SslContextBuilder context = GrpcSslContexts.configure(SslContextBuilder.forServer(own.key(), own.chain()));
            if (tls.clientAuthorities() != null) {
                context.trustManager(PemCertificates.read(tls.clientAuthorities()))
                        .clientAuth(ClientAuth.REQUIRE);
            }
            return context.build();
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
    }

    private static IOException unreadable(Exception e) {
        return new IOException("A TLS file of the gRPC API can't be read: " + e.getMessage(), e);
    }

    /**
     * Reads certificate, key and authorities again.
     *
     * @return makes them count, for connections that begin from then on
     * @throws IOException when a file can't be used; then what was before stays
     */
    Runnable renewal() throws IOException {
        GrpcOptions.Tls tls = address.tls();
        RenewableSslContext renewed = context;
        if (tls == null || renewed == null) {
            return () -> {};
        }
        SslContext read = read(tls);
        return () -> renewed.renew(read);
    }

    /** For whoever adds the services, before the start. */
    NettyServerBuilder builder() {
        return builder;
    }

    void start() throws IOException {
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new IOException(refusal(e), e);
        }
        log.info("gRPC listens on {}:{}{}", address.host(), port(), address.tls() == null ? "" : " (TLS)");
    }

    private String refusal(IOException failure) {
        String where = "gRPC port " + address.port() + " on " + address.host();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof BindException || message.contains("Address already in use")) {
                return message.contains("in use")
                        ? where + " is in use: stop who has it, or choose another one (ports.grpc)"
                        : where + " can't be bound: " + message;
            }
        }
        return where + " can't be opened: " + failure.getMessage();
    }

    int port() {
        Server started = server;
        if (started == null) {
            throw new IllegalStateException("The gRPC API was not started");
        }
        return started.getPort();
    }

    /** Takes no more calls; does not wait. */
    void shutdown() {
        Server started = server;
        if (started != null) {
            started.shutdown();
        }
    }

    /** Waits for calls to end, then ends them. */
    void awaitEnd(long millisMax) {
        Server started = server;
        if (started == null) {
            return;
        }
        try {
            if (!started.awaitTermination(millisMax, TimeUnit.MILLISECONDS)) {
                started.shutdownNow();
                started.awaitTermination(millisMax, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            started.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
