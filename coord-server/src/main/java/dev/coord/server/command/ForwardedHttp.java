package dev.coord.server.command;

import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpPart;

/** HTTP requests that an agent, which keeps no state of the cluster, hands to a server. */
public interface ForwardedHttp {

    /** Sets who answers on this server. Called once, before the server starts. */
    void answerHttpWith(Handler handler);

    /** Answers on a server; must not block. */
    interface Handler {
        void handle(HttpCall call, Answer answer);
    }

    /**
     * Takes an answer in parts. Whoever answers calls from one thread at a time and, while {@link #isReady} says no, waits for
     * the runnable given to {@link #onReady}.
     */
    interface Answer {

        void part(HttpPart part);

        void end();

        /** There is no answer; nothing was done if no part was given before. */
        void fail(String why);

        boolean isReady();

        /** Called, on any thread, when it is ready again. */
        void onReady(Runnable ready);

        /** Called, on any thread, when nobody waits for the answer any more. */
        void onCancel(Runnable cancelled);
    }

    /** Hands requests on; on an agent. Safe from any thread, never blocks. */
    interface Caller {
        /**
         * To the server that answered last, or another where that one does not. What may have been done is not asked of
         * another unless it does no harm to do it twice.
         *
         * @param repeatable it does none
         */
        void call(HttpCall call, boolean repeatable, Receiver receiver);
    }

    /** Takes an answer on an agent. Called by one thread at a time, which must not be blocked. */
    interface Receiver {

        /**
         * Comes first.
         *
         * @param next asks for one more part; the first was asked for
         * @param cancel gives up
         */
        void begin(Runnable next, Runnable cancel);

        void part(HttpPart part);

        void end();

        /** There is no (whole) answer. */
        void failed(String why);
    }
}
