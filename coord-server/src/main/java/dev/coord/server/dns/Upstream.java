package dev.coord.server.dns;

import java.util.concurrent.CompletableFuture;

/** Who answers what this server does not. Called on the DNS thread; must not block. */
public interface Upstream {

    /**
     * Hands a message on.
     *
     * @param query a whole DNS message as the client sent it, without the length that goes before it over TCP
     * @param tcp whether the client asked over TCP and so takes an answer of any size
     * @return the answer's message; fails, with a reason for the log, when nobody answered
     */
    CompletableFuture<byte[]> ask(byte[] query, boolean tcp);
}
