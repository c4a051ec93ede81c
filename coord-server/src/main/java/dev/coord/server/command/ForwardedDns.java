package dev.coord.server.command;

import java.util.concurrent.CompletableFuture;

/** DNS queries that an agent, which keeps no state of the cluster, hands to a server. */
public interface ForwardedDns {

    /** Sets who answers on this server. At any time; until then they are refused, and the agent asks another server. */
    void answerDnsWith(Handler handler);

    /** Answers whole DNS messages; must not block. */
    interface Handler {
        /**
         * Answers one.
         *
         * @param tcp whether the client takes an answer of any size
         * @param secret of the token whose bearer is told; empty: whoever shows none
         */
        CompletableFuture<byte[]> answer(byte[] query, boolean tcp, String secret);
    }
}
