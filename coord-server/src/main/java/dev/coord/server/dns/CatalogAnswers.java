package dev.coord.server.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers from the newest state of this server, and what is not ours by asking the recursors. DNS thread. */
final class CatalogAnswers implements DnsAnswers {

    private final Resolver resolver;
    private final DnsOptions options;
    private final @Nullable DnsAnswers recursors;

    /** @param recursors null: there are none */
    CatalogAnswers(Resolver resolver, DnsOptions options, @Nullable DnsAnswers recursors) {
        this.resolver = resolver;
        this.options = options;
        this.recursors = recursors;
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
        ByteBuf message = ResponseLimit.fitted(request, answer, !tcp, options, UnpooledByteBufAllocator.DEFAULT);
        try {
            return CompletableFuture.completedFuture(ByteBufUtil.getBytes(message));
        } finally {
            message.release();
        }
    }
}
