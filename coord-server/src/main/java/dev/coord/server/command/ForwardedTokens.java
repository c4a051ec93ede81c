package dev.coord.server.command;

import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What an agent, which keeps no state of the cluster, asks a server about tokens. */
public interface ForwardedTokens {

    /** Sets who answers on this server. At any time; until then agents are refused, and ask another server. */
    void answerTokensWith(Handler handler);

    /** Answers on a server. Called by any thread; must not block. */
    interface Handler {

        /**
         * What a token stands for.
         *
         * @return never fails: what can't be told is said in the reply
         */
        CompletableFuture<TokenReply> records(TokenCall call);

        /**
         * Whether an agent may bring a command, which keeps its own node in the catalog.
         *
         * @param secret of the agent's own token
         * @return why not, without secrets; null: it may
         */
        @Nullable
        String refusal(Command command, String secret);
    }
}
