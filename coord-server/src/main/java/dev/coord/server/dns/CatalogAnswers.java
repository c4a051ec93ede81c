package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.dns.DnsQuestion;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers from the newest state of this server, and what is not ours by asking the recursors. DNS thread. */
final class CatalogAnswers implements DnsAnswers {

    private final Resolver resolver;
    private final DnsOptions options;
    private final @Nullable DnsAnswers recursors;
    private final @Nullable AliasTargets targets;

    /**
     * @param recursors null: there are none
     * @param random makes ids of questions; used by the DNS thread alone
     */
    CatalogAnswers(Resolver resolver, DnsOptions options, @Nullable DnsAnswers recursors, Random random) {
        this.resolver = resolver;
        this.options = options;
        this.recursors = recursors;
        this.targets = recursors == null ? null : new AliasTargets(recursors, options, random);
    }

    @Override
    public CompletableFuture<byte[]> answer(byte[] query, boolean tcp, String secret) {
        Request request;
        try {
            request = Request.of(query);
        } catch (CorruptedFrameException noQuery) {
            return CompletableFuture.failedFuture(noQuery);
        }
        Answer answer = resolver.resolve(request, secret);
        if (answer.elsewhere && recursors != null) {
            return recursors.answer(query, tcp, secret);
        }
        DnsQuestion question = request.question();
        return targets == null || question == null
                ? CompletableFuture.completedFuture(encoded(request, answer, tcp))
                : targets.addTo(answer, question).thenApply(whole -> encoded(request, whole, tcp));
    }

    private byte[] encoded(Request request, Answer answer, boolean tcp) {
        ByteBuf message = ResponseLimit.fitted(request, answer, !tcp, options, UnpooledByteBufAllocator.DEFAULT);
        try {
            return ByteBufUtil.getBytes(message);
        } finally {
            message.release();
        }
    }
}
