package dev.coord.server.dns;

import java.util.concurrent.CompletableFuture;

/** Answers DNS messages. Called on the DNS thread, which must not be blocked. */
public interface DnsAnswers {

    /**
     * Answers one.
     *
     * @param query a whole message as the client sent it, without the length that goes before it over TCP
     * @param tcp whether the client asked over TCP and so takes an answer of any size
     * @param secret of the token whose bearer is told, if the query came by way of an agent that has one; empty: whoever shows
     *     none, as every client of DNS
     * @return the answer's message, completed on any thread. Fails with a {@link
     *     io.netty.handler.codec.CorruptedFrameException} for what is no query, which gets no answer, and otherwise, with a
     *     reason for the log, for what nobody answered
     */
    CompletableFuture<byte[]> answer(byte[] query, boolean tcp, String secret);
}
