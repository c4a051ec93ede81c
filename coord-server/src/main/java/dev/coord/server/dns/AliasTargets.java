package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the addresses behind host names by asking the recursors, and puts them beside the records that name them: most clients ask
 * one server and follow no name by themselves. A name that no recursor knows stays alone.
 *
 * <p>DNS thread. Bounds: {@value #NAMES_MAX} names of an answer are asked for, {@value #RECORDS_MAX} records of each are taken.
 */
final class AliasTargets {

    /** More than an answer over UDP holds. */
    private static final int NAMES_MAX = 8;
    /** A chain of aliases and some addresses. */
    private static final int RECORDS_MAX = 32;

    private static final int QUERY_BYTES = 512;
    private static final int RECURSION_DESIRED = 1 << 8;
    private static final int CLASS_IN = 1;
    private static final Logger LOG = LoggerFactory.getLogger(AliasTargets.class);

    private final DnsAnswers recursors;
    private final DnsOptions options;
    private final Random random;

    /** @param random makes ids of questions; used by the DNS thread alone */
    AliasTargets(DnsAnswers recursors, DnsOptions options, Random random) {
        this.recursors = recursors;
        this.options = options;
        this.random = random;
    }

    /** Completes an answer, on the DNS thread; never fails. */
    CompletableFuture<Answer> addTo(Answer answer, DnsQuestion question) {
        boolean places = question.type().equals(DnsRecordType.SRV);
        List<ResourceRecord> to = places ? answer.additional : answer.answers;
        DnsRecordType type = question.type().equals(DnsRecordType.AAAA) ? DnsRecordType.AAAA : DnsRecordType.A;
        List<String> names = answer.answers.stream()
                .filter(record -> record.type().equals(places ? DnsRecordType.SRV : DnsRecordType.CNAME))
                .map(ResourceRecord::target)
                .filter(name -> QueryName.of(name, options) instanceof QueryName.Foreign)
                .distinct()
                .limit(NAMES_MAX)
                .toList();
        List<CompletableFuture<List<ResourceRecord>>> asked =
                names.stream().map(name -> ask(name, type)).toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(all -> {
            asked.forEach(found -> to.addAll(found.join()));
            return answer;
        });
    }

    private CompletableFuture<List<ResourceRecord>> ask(String name, DnsRecordType type) {
        ByteBuf query = Unpooled.buffer(QUERY_BYTES);
        query.writeShort(random.nextInt(1 << Short.SIZE)).writeShort(RECURSION_DESIRED);
        query.writeShort(1).writeShort(0).writeInt(0);
        query.writeBytes(Records.encoded(name)).writeShort(type.intValue()).writeShort(CLASS_IN);
        return recursors
                .answer(ByteBufUtil.getBytes(query), false, "")
                .thenApply(message -> records(message, type))
                .exceptionally(failure -> {
                    LOG.debug("No address of {} was found: {}", name, failure.toString());
                    return List.of();
                });
    }

    /** Aliases and addresses of a recursor's answer. */
    private static List<ResourceRecord> records(byte[] message, DnsRecordType type) {
        ByteBuf in = Unpooled.wrappedBuffer(message);
        in.skipBytes(2 + 2);
        int questions = in.readUnsignedShort();
        int answers = Math.min(in.readUnsignedShort(), RECORDS_MAX);
        in.skipBytes(2 + 2);
        List<ResourceRecord> records = new ArrayList<>();
        try {
            for (int i = 0; i < questions; i++) {
                DnsRecordDecoder.DEFAULT.decodeQuestion(in);
            }
            for (int i = 0; i < answers; i++) {
                DnsRecord record = DnsRecordDecoder.DEFAULT.decodeRecord(in);
                if (record == null) {
                    break;
                }
                record(record, type).forEach(records::add);
                ReferenceCountUtil.release(record);
            }
        } catch (Exception e) {
            throw new IllegalArgumentException("the recursor's answer can't be read: " + e.getMessage(), e);
        }
        return records;
    }

    private static Stream<ResourceRecord> record(DnsRecord record, DnsRecordType type) {
        if (!(record instanceof DnsRawRecord raw)) {
            return Stream.empty();
        }
        int ttl = (int) Math.min(record.timeToLive(), Integer.MAX_VALUE);
        if (record.type().equals(type)) {
            return Stream.of(new ResourceRecord(record.name(), type, ttl, ByteBufUtil.getBytes(raw.content()), ""));
        }
        if (record.type().equals(DnsRecordType.CNAME)) {
            // The decoder has written the name out in full.
            String target = name(raw.content());
            return Records.isEncodable(target) ? Stream.of(Records.alias(record.name(), target, ttl)) : Stream.empty();
        }
        return Stream.empty();
    }

    private static String name(ByteBuf encoded) {
        StringBuilder name = new StringBuilder();
        ByteBuf in = encoded.duplicate();
        for (int length = in.readUnsignedByte(); length > 0; length = in.readUnsignedByte()) {
            name.append(in.readCharSequence(length, StandardCharsets.UTF_8)).append('.');
        }
        return name.toString();
    }
}
