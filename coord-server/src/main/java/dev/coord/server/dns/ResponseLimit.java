package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Makes a response fit: leaves out the last answers, with what goes along with them, and marks it where that is wanted. */
final class ResponseLimit {

    /** Without EDNS, RFC 1035. */
    static final int PLAIN_UDP_BYTES_MAX = 512;
    /** What a message over TCP can say of its length. */
    static final int TCP_BYTES_MAX = 65_535;
    /** No answer over UDP is larger, whatever the client would take: such datagrams get lost. */
    private static final int UDP_BYTES_MAX = 2_048;

    private ResponseLimit() {}

    /** The message, no larger than the client takes. The caller releases it. */
    static ByteBuf fitted(Request request, Answer answer, boolean udp, DnsOptions options, ByteBufAllocator allocator) {
        int bytesMax = udp ? udpBytesMax(request) : TCP_BYTES_MAX;
        int answers = answer.answers.size();
        if (udp && bytesMax == PLAIN_UDP_BYTES_MAX) {
            answers = Math.min(answers, options.udpAnswersMax());
        }
        ByteBuf message = encoded(request, answer, answers, options, allocator);
        if (message.readableBytes() <= bytesMax) {
            return message;
        }
        int fits = 0;
        int tooMany = answers;
        while (fits + 1 < tooMany) {
            message.release();
            int tried = (fits + tooMany) >>> 1;
            message = encoded(request, answer, tried, options, allocator);
            if (message.readableBytes() <= bytesMax) {
                fits = tried;
            } else {
                tooMany = tried;
            }
        }
        message.release();
        message = encoded(request, answer, fits, options, allocator);
        if (message.readableBytes() > bytesMax) {
            // Even alone, what goes along is too much: it is a kindness, not the answer.
            message.release();
            answer.additional.clear();
            answer.authority.clear();
            message = encoded(request, answer, fits, options, allocator);
        }
        return message;
    }

    private static ByteBuf encoded(
            Request request, Answer answer, int answers, DnsOptions options, ByteBufAllocator allocator) {
        answer.truncated = options.truncateFlag() && answers < answer.answers.size();
        return Message.encode(request, answer, answers, allocator);
    }

    private static int udpBytesMax(Request request) {
        return Math.max(PLAIN_UDP_BYTES_MAX, Math.min(request.udpBytesMax(), UDP_BYTES_MAX));
    }
}
