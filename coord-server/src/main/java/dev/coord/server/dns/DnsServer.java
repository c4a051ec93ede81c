package dev.coord.server.dns;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.state.StateReader;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DNS on UDP and TCP, same port. Open from the constructor's return until {@link #close}; both may be called from any thread.
 *
 * <p>Bounds: {@value #TCP_CONNECTIONS_MAX} TCP connections (one more is closed at once), {@value #TCP_IDLE_SECONDS} s without a
 * word closes one, a datagram above {@value #DATAGRAM_BYTES_MAX} bytes or what is no DNS query is dropped.
 */
public final class DnsServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DnsServer.class);
    private static final int TCP_CONNECTIONS_MAX = 1_000;
    private static final int TCP_IDLE_SECONDS = 10;
    private static final int DATAGRAM_BYTES_MAX = 4_096;

    private static final int HEADER_BYTES = 12;

    private static final int ANY_PORT_TRIES = 20;

    private final DnsAnswers answers;
    private final EventLoopGroup loop;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final int port;

    private DnsServer(String host, int port, Function<EventLoopGroup, DnsAnswers> answers) throws IOException {
        this.loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("coord-dns", true), NioIoHandler.newFactory());
        this.answers = answers.apply(loop);
        boolean bound = false;
        try {
            this.port = port == 0 ? bindAnyPort(host) : bindBoth(host, port);
            bound = true;
        } finally {
            if (!bound) {
                close();
            }
        }
    }

    /**
     * Binds, and answers from a server's state.
     *
     * @param port 0: any free one
     * @param access what may be told to those without a token
     * @param agent name of this server's node: where prepared queries that ask for the nearest start from
     * @param random orders the instances in an answer and makes ids of questions; used by the DNS thread alone
     * @throws IOException naming the address when it can't be had
     */
    public static DnsServer ofServer(
            String host,
            int port,
            StateReader states,
            AccessControl access,
            String datacenter,
            String agent,
            DnsOptions options,
            InstantSource clock,
            Random random)
            throws IOException {
        Resolver resolver = new Resolver(states, access, datacenter, agent, options, clock, random);
        return new DnsServer(
                host,
                port,
                loop -> new CatalogAnswers(
                        resolver,
                        options,
                        options.recursion().isOffered() ? new Recursors(options.recursion(), loop) : null,
                        random));
    }

    /**
     * Binds, and hands all questions on.
     *
     * @param port 0: any free one
     * @throws IOException naming the address when it can't be had
     */
    public static DnsServer ofAgent(String host, int port, DnsAnswers servers) throws IOException {
        return new DnsServer(host, port, loop -> servers);
    }

    /**
     * Answers a message that came by another way, such as an agent's. From any thread.
     *
     * @param secret of the token whose bearer is told; empty: whoever shows none
     */
    public CompletableFuture<byte[]> answer(byte[] query, boolean tcp, String secret) {
        try {
            return CompletableFuture.completedFuture(query)
                    .thenComposeAsync(message -> answers.answer(message, tcp, secret), loop);
        } catch (RejectedExecutionException closed) {
            return CompletableFuture.failedFuture(new IOException("DNS is closed here", closed));
        }
    }

    /** A port that is free for TCP may be taken for UDP by somebody else: then another one. */
    private int bindAnyPort(String host) throws IOException {
        BindException taken = new BindException("no port is free for both TCP and UDP on " + host);
        for (int i = 0; i < ANY_PORT_TRIES; i++) {
            try {
                return bindBoth(host, 0);
            } catch (BindException e) {
                taken = e;
            }
        }
        throw taken;
    }

    private int bindBoth(String host, int wanted) throws IOException {
        Channel tcp = bound("TCP", host, wanted, tcp().bind(new InetSocketAddress(host, wanted)));
        int both = ((InetSocketAddress) tcp.localAddress()).getPort();
        try {
            bound("UDP", host, both, udp().bind(new InetSocketAddress(host, both)));
        } catch (BindException e) {
            tcp.close().awaitUninterruptibly();
            throw e;
        }
        return both;
    }

    private static Channel bound(String protocol, String host, int port, ChannelFuture binding) throws IOException {
        if (!binding.awaitUninterruptibly().isSuccess()) {
            throw new BindException("can't listen for DNS on " + host + ":" + port + " (" + protocol + "): "
                    + binding.cause().getMessage()
                    + "; is another server running? Choose another -dns-port, -1 for none");
        }
        return binding.channel();
    }

    private Bootstrap udp() {
        return new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_BYTES_MAX))
                .handler(new ChannelInitializer<NioDatagramChannel>() {
                    @Override
                    protected void initChannel(NioDatagramChannel channel) {
                        channel.pipeline().addLast(new Datagrams());
                    }
                });
    }

    private ServerBootstrap tcp() {
        return new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (connections.size() >= TCP_CONNECTIONS_MAX) {
                            LOG.warn(
                                    "closed a DNS connection from {}: {} are open already",
                                    channel.remoteAddress(),
                                    TCP_CONNECTIONS_MAX);
                            var unused = channel.close();
                            return;
                        }
                        connections.add(channel);
                        channel.pipeline()
                                .addLast(
                                        new IdleStateHandler(0, 0, TCP_IDLE_SECONDS),
                                        new LengthFieldBasedFrameDecoder(2 + ResponseLimit.TCP_BYTES_MAX, 0, 2, 0, 2),
                                        new Connection());
                    }
                });
    }

    /** The port bound, of UDP and TCP alike. */
    public int port() {
        return port;
    }

    /** Stops listening and closes what is open. */
    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }

    /** What a client gets: an answer, or that there is none; null: nothing, for it did not ask. */
    private CompletableFuture<byte @Nullable []> reply(byte[] query, boolean tcp) {
        return answers.answer(query, tcp, "").handle((message, failure) -> {
            if (failure == null) {
                return message;
            }
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            boolean nonsense = cause instanceof CorruptedFrameException;
            LOG.debug("{}: {}", nonsense ? "dropped what is no DNS query" : "nobody answered", cause.getMessage());
            return nonsense || query.length < HEADER_BYTES ? null : Message.serverFailure(query);
        });
    }

    /** What becomes of it is the client's affair. */
    private static void send(ChannelHandlerContext context, Object message) {
        var unused = context.writeAndFlush(message);
    }

    private static void shut(ChannelHandlerContext context) {
        var unused = context.close();
    }

    private final class Datagrams extends SimpleChannelInboundHandler<DatagramPacket> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
            InetSocketAddress client = packet.sender();
            var unused = reply(ByteBufUtil.getBytes(packet.content()), false).thenAccept(message -> {
                if (message != null) {
                    send(context, new DatagramPacket(Unpooled.wrappedBuffer(message), client));
                }
            });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // One bad datagram is nobody else's business: the socket stays open.
            LOG.debug("dropped a datagram: {}", cause.toString());
        }
    }

    private final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
            var unused = reply(ByteBufUtil.getBytes(frame), true).thenAccept(message -> {
                if (message == null) {
                    shut(context);
                } else {
                    ByteBuf length = Unpooled.buffer(2).writeShort(message.length);
                    send(context, Unpooled.wrappedBuffer(length, Unpooled.wrappedBuffer(message)));
                }
            });
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
            if (event instanceof IdleStateEvent) {
                shut(context);
            } else {
                super.userEventTriggered(context, event);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.debug("closed a DNS connection: {}", cause.toString());
            shut(context);
        }
    }
}
