package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a response with names compressed (RFC 1035, 4.1.4): Netty's encoder writes each in full, and over UDP fewer instances
 * would fit than clients are used to. Names within data stay whole, as RFC 2782 wants it.
 */
final class Message {

    private static final int CLASS_IN = 1;
    private static final int HEADER_BYTES = 12;
    private static final int POINTER = 0xC000;
    /** A pointer has 14 bits. */
    private static final int POINTER_OFFSET_MAX = 0x3FFF;

    private static final int RESPONSE = 1 << 15;
    private static final int AUTHORITATIVE = 1 << 10;
    private static final int TRUNCATED = 1 << 9;
    private static final int RECURSION_DESIRED = 1 << 8;
    private static final int RECURSION_AVAILABLE = 1 << 7;

    private final ByteBuf out;
    /** Where each name, with and without its first labels, was written first. */
    private final Map<String, Integer> offsets = new HashMap<>();

    private Message(ByteBuf out) {
        this.out = out;
    }

    /** The first {@code answers} answers of a response, in a new buffer that the caller releases. */
    static ByteBuf encode(Request request, Answer answer, int answers, ByteBufAllocator allocator) {
        Message message = new Message(allocator.buffer(512));
        message.write(request, answer, answers);
        return message.out;
    }

    /** The answer to a query that nobody could answer: the query itself, marked so. */
    static byte[] serverFailure(byte[] query) {
        byte[] answer = query.clone();
        answer[2] |= (byte) (RESPONSE >>> 8);
        answer[3] = (byte) DnsResponseCode.SERVFAIL.intValue();
        return answer;
    }

    private void write(Request request, Answer answer, int answers) {
        List<ResourceRecord> shown = answer.answers.subList(0, answers);
        List<ResourceRecord> additional = answers == answer.answers.size()
                ? answer.additional
                : answer.additional.stream()
                        .filter(record ->
                                shown.stream().anyMatch(of -> of.target().equals(record.name())))
                        .toList();
        out.writeShort(request.id());
        out.writeShort(RESPONSE
                | (request.opcode() << 11)
                | (answer.authoritative ? AUTHORITATIVE : 0)
                | (answer.truncated ? TRUNCATED : 0)
                | (request.recursionDesired() ? RECURSION_DESIRED : 0)
                | (answer.recursionAvailable ? RECURSION_AVAILABLE : 0)
                | answer.code.intValue());
        DnsQuestion question = request.question();
        out.writeShort(question == null ? 0 : 1);
        out.writeShort(shown.size());
        out.writeShort(answer.authority.size());
        out.writeShort(additional.size() + (request.udpBytesMax() > 0 ? 1 : 0));
        if (question != null) {
            name(question.name());
            out.writeShort(question.type().intValue());
            out.writeShort(question.dnsClass());
        }
        shown.forEach(this::record);
        answer.authority.forEach(this::record);
        additional.forEach(this::record);
        if (request.udpBytesMax() > 0) {
            out.writeByte(0);
            out.writeShort(DnsRecordType.OPT.intValue());
            out.writeShort(request.udpBytesMax());
            out.writeInt(0);
            out.writeShort(0);
        }
    }

    private void record(ResourceRecord record) {
        name(record.name());
        out.writeShort(record.type().intValue());
        out.writeShort(CLASS_IN);
        out.writeInt(record.ttlSeconds());
        out.writeShort(record.data().length);
        out.writeBytes(record.data());
        if (!record.target().isEmpty()) {
            remember(record.target(), out.writerIndex() - Records.encoded(record.target()).length);
        }
    }

    private void name(String name) {
        String rest = name.equals(".") ? "" : name;
        while (!rest.isEmpty()) {
            Integer known = offsets.get(rest);
            if (known != null) {
                out.writeShort(POINTER | known);
                return;
            }
            offer(rest, out.writerIndex());
            int dot = rest.indexOf('.');
            byte[] label = rest.substring(0, dot < 0 ? rest.length() : dot).getBytes(StandardCharsets.UTF_8);
            out.writeByte(label.length);
            out.writeBytes(label);
            rest = dot < 0 ? "" : rest.substring(dot + 1);
        }
        out.writeByte(0);
    }

    private void remember(String name, int offset) {
        int at = offset;
        for (String rest = name; !rest.isEmpty(); rest = rest.substring(rest.indexOf('.') + 1)) {
            offer(rest, at);
            at += 1 + rest.substring(0, rest.indexOf('.')).getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private void offer(String name, int offset) {
        if (offset >= HEADER_BYTES && offset <= POINTER_OFFSET_MAX) {
            offsets.putIfAbsent(name, offset);
        }
    }
}
