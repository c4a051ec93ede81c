package dev.coord.server.raft;

import dev.coord.server.tls.PemIdentity;
import dev.coord.server.tls.RenewableSslContext;
import io.grpc.BindableService;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the Raft port and the channels to those of other servers: mutual TLS, or plain where that is allowed. Messages are
 * handled on gRPC's event loops, which nothing may block.
 */
final class PeerTransport {

    private static final Logger LOG = LoggerFactory.getLogger(PeerTransport.class);
    private static final int CONNECT_TIMEOUT_MILLIS = 1_000;
    private static final int KEEP_ALIVE_SECONDS = 10;

    private final RaftOptions options;
    private final @Nullable RenewableSslContext serverTls;
    private final @Nullable RenewableSslContext clientTls;
    private final List<ClientInterceptor> network;

    private PeerTransport(
            RaftOptions options,
            @Nullable RenewableSslContext serverTls,
            @Nullable RenewableSslContext clientTls,
            List<ClientInterceptor> network) {
        this.options = options;
        this.serverTls = serverTls;
        this.clientTls = clientTls;
        this.network = network;
    }

    private static PeerTransport plain(RaftOptions options) {
        return new PeerTransport(options, null, null, List.of());
    }

    /** The same, with something in the way of every call to another server: for tests, a network that fails. */
    PeerTransport through(List<ClientInterceptor> faultyNetwork) {
        return new PeerTransport(options, serverTls, clientTls, faultyNetwork);
    }

    /** @throws IOException if the keys can't be read, or plain messages would leave this machine */
    static PeerTransport of(RaftOptions options) throws IOException {
        PeerTls tls = options.tls();
        if (tls == null) {
            refusePlainBeyondLoopback(options);
            return plain(options);
        }
        Contexts read = Contexts.read(tls);
        return new PeerTransport(
                options, new RenewableSslContext(read.server()), new RenewableSslContext(read.client()), List.of());
    }

    /**
     * Reads certificates, key and authorities again.
     *
     * @return makes them count: for connections that begin from then on, at both ends; those that are open go on as they are
     * @throws IOException if they can't be used; what was before stays
     */
    Runnable renewal() throws IOException {
        PeerTls tls = options.tls();
        RenewableSslContext server = serverTls;
        RenewableSslContext client = clientTls;
        if (tls == null || server == null || client == null) {
            return () -> {};
        }
        Contexts read = Contexts.read(tls);
        return () -> {
            server.renew(read.server());
            client.renew(read.client());
        };
    }

    private record Contexts(SslContext server, SslContext client) {
        static Contexts read(PeerTls tls) throws IOException {
            try {
                PemIdentity own = PemIdentity.read(tls.certificate(), tls.privateKey());
                SslContext server = GrpcSslContexts.configure(SslContextBuilder.forServer(own.key(), own.chain()))
                        .trustManager(tls.certificates().toFile())
                        .clientAuth(ClientAuth.REQUIRE)
                        .build();
                SslContext client = GrpcSslContexts.forClient()
                        .keyManager(own.key(), own.chain())
                        .trustManager(tls.certificates().toFile())
                        .build();
                return new Contexts(server, client);
            } catch (IOException | IllegalArgumentException e) {
                throw new IOException(
                        "The TLS files for the Raft port can't be used (" + tls.certificates() + ", "
                                + tls.certificate() + ", " + tls.privateKey() + "): " + e.getMessage()
                                + ". They must be PEM, the key without a password",
                        e);
            }
        }
    }

    /** For an agent that only calls, and refuses nobody: who answers without TLS is told nothing secret. */
    static PeerTransport forAgent(RaftOptions options) throws IOException {
        return options.tls() == null ? plain(options) : of(options);
    }

    private static void refusePlainBeyondLoopback(RaftOptions options) throws IOException {
        if (!address(options).isLoopbackAddress() && !options.plaintextAllowed()) {
            throw new IOException("The Raft port would listen on " + options.bindAddress()
                    + " without TLS, and anybody who reaches it could change the data: give ca_file, cert_file and"
                    + " key_file, bind to 127.0.0.1, or allow plain text where the network is trusted");
        }
    }

    private static InetAddress address(RaftOptions options) throws IOException {
        try {
            return InetAddress.getByName(options.bindAddress());
        } catch (UnknownHostException e) {
            throw new IOException("The address to bind the Raft port to is unknown: " + options.bindAddress(), e);
        }
    }

    /** Listens. */
    Server serve(PeerService service, ClusterIdentity own) throws IOException {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(address(options), options.bindPort()))
                .directExecutor()
                .maxInboundMessageSize(RaftMessages.MESSAGE_BYTES_MAX)
                .permitKeepAliveTime(KEEP_ALIVE_SECONDS / 2, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(ServerInterceptors.intercept(service, CallerIdentity.receiver(own)));
        if (serverTls != null) {
            builder.sslContext(serverTls);
        }
        if (options.joinPort() > 0 && options.joinPort() != options.bindPort()) {
            addJoinPort(builder);
        }
        try {
            return builder.build().start();
        } catch (IOException e) {
            throw new IOException(
                    "The Raft port " + options.bindAddress() + ":" + options.bindPort()
                            + " can't be opened: is another server running there? (" + rootMessage(e) + ")",
                    e);
        }
    }

    /**
     * Listens for servers that are told to meet an agent. Not beyond loopback without TLS: whoever it meets it trusts.
     *
     * @return null: it does not
     */
    @Nullable
    Server meet(BindableService service) throws IOException {
        InetSocketAddress where = new InetSocketAddress(address(options), options.bindPort());
        if (serverTls == null && !where.getAddress().isLoopbackAddress()) {
            return null;
        }
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(where).directExecutor().addService(service);
        if (serverTls != null) {
            builder.sslContext(serverTls);
        }
        try {
            return builder.build().start();
        } catch (IOException e) {
            LOG.info("No server can be told to meet this agent at {} (ports.serf_lan): {}", where, rootMessage(e));
            return null;
        }
    }

    /** Where it is taken, others can still ask on the Raft port: no reason not to start. */
    private void addJoinPort(NettyServerBuilder builder) throws IOException {
        InetSocketAddress where = new InetSocketAddress(address(options), options.joinPort());
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(where);
        } catch (IOException e) {
            LOG.warn("Nobody can join through {} (ports.serf_lan): {}", where, e.getMessage());
            return;
        }
        builder.addListenAddress(where);
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** A channel to another server's Raft port; connects when first used. */
    ManagedChannel channel(String address, CallerIdentity.Self self) {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget(address)
                .directExecutor()
                .maxInboundMessageSize(RaftMessages.MESSAGE_BYTES_MAX)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEP_ALIVE_SECONDS / 2, TimeUnit.SECONDS)
                .intercept(network)
                .intercept(CallerIdentity.sender(self));
        return clientTls == null
                ? builder.usePlaintext().build()
                : builder.sslContext(clientTls).build();
    }
}
