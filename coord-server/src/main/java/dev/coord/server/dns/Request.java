package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked, free of Netty's buffers.
 *
 * @param question null: there was none, or more than one
 * @param udpBytesMax the largest answer over UDP that an EDNS client takes; 0: it does not speak EDNS
 */
record Request(
        int id,
        int opcode,
        boolean recursionDesired,
        @Nullable DnsQuestion question,
        int udpBytesMax) {

    private static final int HEADER_BYTES = 12;
    private static final int RESPONSE = 1 << 15;
    private static final int RECURSION_DESIRED = 1 << 8;

    /**
     * Reads a whole message.
     *
     * @throws CorruptedFrameException if it is no query
     */
    static Request of(byte[] message) {
        ByteBuf in = Unpooled.wrappedBuffer(message);
        if (in.readableBytes() < HEADER_BYTES) {
            throw new CorruptedFrameException(
                    "a DNS message has at least " + HEADER_BYTES + " bytes, not " + message.length);
        }
        int id = in.readUnsignedShort();
        int flags = in.readUnsignedShort();
        if ((flags & RESPONSE) != 0) {
            throw new CorruptedFrameException("a response, not a query");
        }
        int questions = in.readUnsignedShort();
        int records = in.readUnsignedShort() + in.readUnsignedShort() + in.readUnsignedShort();
        try {
            DnsQuestion question = null;
            for (int i = 0; i < questions; i++) {
                question = DnsRecordDecoder.DEFAULT.decodeQuestion(in);
            }
            return new Request(
                    id,
                    (flags >>> 11) & 0xF,
                    (flags & RECURSION_DESIRED) != 0,
                    questions == 1 ? question : null,
                    udpBytesMax(in, records));
        } catch (CorruptedFrameException e) {
            throw e;
        } catch (Exception e) {
            throw new CorruptedFrameException("no DNS query: " + e, e);
        }
    }

    private static int udpBytesMax(ByteBuf in, int records) throws Exception {
        int max = 0;
        for (int i = 0; i < records; i++) {
            DnsRecord record = DnsRecordDecoder.DEFAULT.decodeRecord(in);
            if (record == null) {
                // Cut off: what came before counts.
                break;
            }
            if (record.type().equals(DnsRecordType.OPT)) {
                // EDNS keeps the size where other records have their class.
                max = Math.max(1, record.dnsClass());
            }
            ReferenceCountUtil.release(record);
        }
        return max;
    }
}
