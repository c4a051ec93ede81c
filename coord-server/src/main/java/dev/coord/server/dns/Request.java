package dev.coord.server.dns;

import io.netty.handler.codec.dns.DnsQuery;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsSection;
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

    static Request of(DnsQuery query) {
        int udpBytesMax = 0;
        for (int i = 0; i < query.count(DnsSection.ADDITIONAL); i++) {
            DnsRecord record = query.recordAt(DnsSection.ADDITIONAL, i);
            if (record.type().equals(DnsRecordType.OPT)) {
                // EDNS keeps the size where other records have their class.
                udpBytesMax = Math.max(1, record.dnsClass());
            }
        }
        DnsQuestion question =
                query.count(DnsSection.QUESTION) == 1 ? query.<DnsQuestion>recordAt(DnsSection.QUESTION) : null;
        return new Request(
                query.id(), query.opCode().byteValue() & 0xF, query.isRecursionDesired(), question, udpBytesMax);
    }
}
