package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;

/**
 * Stands before the decoder and keeps the bytes of the message that goes through it, for who hands it on. What follows in the
 * pipeline is called within {@link #channelRead}, so there they are this message's.
 */
final class WholeMessage extends ChannelInboundHandlerAdapter {

    /** Over TCP the message's length goes before it. */
    private static final int TCP_LENGTH_BYTES = 2;

    private byte[] bytes = {};

    /** Of the message that is being read; DNS thread. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof DatagramPacket packet) {
            bytes = ByteBufUtil.getBytes(packet.content());
        } else if (message instanceof ByteBuf frame && frame.readableBytes() >= TCP_LENGTH_BYTES) {
            bytes = ByteBufUtil.getBytes(
                    frame, frame.readerIndex() + TCP_LENGTH_BYTES, frame.readableBytes() - TCP_LENGTH_BYTES);
        }
        context.fireChannelRead(message);
    }
}
