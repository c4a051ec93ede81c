package dev.coord.server.grpc;

import dev.coord.server.tls.PemCertificates;
import dev.coord.server.tls.PemKey;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One address that is listened on, with its certificate. Started and ended by one thread. */
final class GrpcListener {

    private static final Logger log = LoggerFactory.getLogger(GrpcListener.class);

    private final GrpcOptions.Address address;
    /** Null: plain. Safe from any thread. */
    private final @Nullable AdvancedTlsX509KeyManager keys;

    private final NettyServerBuilder builder;
    /** Written by start, read by anybody. */
    private volatile @Nullable Server server;

    /** @throws IOException when a TLS file can't be read; names it */
    GrpcListener(GrpcOptions.Address address) throws IOException {
        this.address = address;
        this.keys = address.tls() == null ? null : new AdvancedTlsX509KeyManager();
        reloadCertificates();
        this.builder = NettyServerBuilder.forAddress(
                new InetSocketAddress(address.host(), address.port()), credentials(address.tls(), keys));
    }

    private static ServerCredentials credentials(
            GrpcOptions.@Nullable Tls tls, @Nullable AdvancedTlsX509KeyManager keys) throws IOException {
        if (tls == null || keys == null) {
            return InsecureServerCredentials.create();
        }
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(keys);
        if (tls.clientAuthorities() != null) {
            try {
                credentials
                        .trustManager(tls.clientAuthorities().toFile())
                        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
            } catch (IOException e) {
                throw unreadable(e);
            }
        }
        return credentials.build();
    }

    private static IOException unreadable(Exception e) {
        return new IOException("A TLS file of the gRPC API can't be read: " + e.getMessage(), e);
    }

    /** @throws IOException when a file can't be read; then what was before stays */
    void reloadCertificates() throws IOException {
        GrpcOptions.Tls tls = address.tls();
        if (tls == null || keys == null) {
            return;
        }
        try {
            // gRPC says of a missing file only that it was not modified.
            for (Path file : List.of(tls.certificateChain(), tls.privateKey())) {
                if (!Files.isReadable(file)) {
                    throw new NoSuchFileException(file.toString());
                }
            }
            keys.updateIdentityCredentials(
                    PemCertificates.read(tls.certificateChain()),
                    PemKey.read(tls.privateKey()).key());
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
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
