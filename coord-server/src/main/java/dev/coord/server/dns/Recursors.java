package dev.coord.server.dns;

import io.netty.bootstrap.Bootstrap;
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
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages on to other DNS servers as they are, over what they came by: to the first in the order given, and after the
 * timeout, or at a failure, to the next. Each question has a socket of its own, so its port is as hard to guess as the system
 * makes it.
 *
 * <p>Bound: {@value #WAITING_MAX} questions under way; one more fails at once.
 */
final class Recursors implements DnsAnswers {

    private static final int WAITING_MAX = 1_000;
    private static final int DATAGRAM_BYTES_MAX = 65_535;
    private static final int HEADER_BYTES = 12;

    private final DnsOptions.Recursion recursion;
    private final EventLoopGroup loop;
    /** DNS thread. */
    private int waiting;

    /** @param loop of one thread, on which {@link #answer} is called */
    Recursors(DnsOptions.Recursion recursion, EventLoopGroup loop) {
        this.recursion = recursion;
        this.loop = loop;
    }

    @Override
    public CompletableFuture<byte[]> answer(byte[] query, boolean tcp, String secret) {
        if (waiting >= WAITING_MAX) {
            return CompletableFuture.failedFuture(
                    new IOException(WAITING_MAX + " questions wait for the recursors already"));
        }
        waiting++;
        return ask(0, query, tcp).whenComplete((message, failure) -> waiting--);
    }

    private CompletableFuture<byte[]> ask(int place, byte[] query, boolean tcp) {
        InetSocketAddress server = recursion.servers().get(place);
        return exchange(server, query, tcp).exceptionallyCompose(failure -> {
            if (place + 1 < recursion.servers().size()) {
                return ask(place + 1, query, tcp);
            }
            return CompletableFuture.failedFuture(
                    new IOException("recursor " + server + ": " + failure.getMessage(), failure));
        });
    }

    private CompletableFuture<byte[]> exchange(InetSocketAddress server, byte[] query, boolean tcp) {
        CompletableFuture<byte[]> asked = new CompletableFuture<>();
        ChannelFuture connecting = (tcp ? tcp(query, asked) : udp(query, asked)).connect(server);
        connecting.addListener((ChannelFuture connected) -> {
            if (connected.isSuccess()) {
                ByteBuf message = Unpooled.wrappedBuffer(query);
                connected
                        .channel()
                        .writeAndFlush(
                                tcp
                                        ? Unpooled.wrappedBuffer(
                                                Unpooled.buffer(2).writeShort(query.length), message)
                                        : new DatagramPacket(message, server))
                        .addListener(written -> failed(asked, written.cause()));
            } else {
                failed(asked, connected.cause());
            }
        });
        Future<?> timer = loop.schedule(
                () -> failed(
                        asked,
                        new IOException(
                                "no answer within " + recursion.timeout().toMillis() + " ms")),
                recursion.timeout().toMillis(),
                TimeUnit.MILLISECONDS);
        return asked.whenComplete((message, failure) -> {
            timer.cancel(false);
            var unused = connecting.channel().close();
        });
    }

    private static void failed(CompletableFuture<byte[]> asked, @Nullable Throwable cause) {
        if (cause != null) {
            asked.completeExceptionally(cause);
        }
    }

    private Bootstrap udp(byte[] query, CompletableFuture<byte[]> asked) {
        return new Bootstrap()
                .group(loop)
                .channel(NioDatagramChannel.class)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(DATAGRAM_BYTES_MAX))
                .handler(new Answers<DatagramPacket>(query, asked) {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                        take(packet.content());
                    }
                });
    }

    private Bootstrap tcp(byte[] query, CompletableFuture<byte[]> asked) {
        return new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        recursion.timeout().toMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new LengthFieldBasedFrameDecoder(2 + ResponseLimit.TCP_BYTES_MAX, 0, 2, 0, 2),
                                        new Answers<ByteBuf>(query, asked) {
                                            @Override
                                            protected void channelRead0(
                                                    ChannelHandlerContext context, ByteBuf message) {
                                                take(message);
                                            }
                                        });
                    }
                });
    }

    /** Waits for the response to one query; anything else that comes is passed over. */
    private abstract static class Answers<T> extends SimpleChannelInboundHandler<T> {
        private final byte[] query;
        private final CompletableFuture<byte[]> asked;

        Answers(byte[] query, CompletableFuture<byte[]> asked) {
            this.query = query;
            this.asked = asked;
        }

        void take(ByteBuf message) {
            byte[] bytes = ByteBufUtil.getBytes(message);
            boolean response = bytes.length >= HEADER_BYTES && (bytes[2] & 0x80) != 0;
            if (response && Arrays.equals(bytes, 0, 2, query, 0, 2)) {
                asked.complete(bytes);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            asked.completeExceptionally(new IOException("it closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            asked.completeExceptionally(cause);
        }
    }
}
