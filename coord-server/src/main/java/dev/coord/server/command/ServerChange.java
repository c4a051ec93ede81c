package dev.coord.server.command;

/**
 * One change of who belongs to the cluster, as an operator wants it.
 *
 * @param address host:port of the server's Raft; empty only for {@link Kind#TRANSFER_LEADERSHIP}: whichever is furthest
 * @param insteadOf of {@link Kind#REPLACE}, the Raft address of the voter that goes; else empty
 * @param force although the cluster then survives less
 * @param checkOnly say what it would mean, and change nothing
 */
public record ServerChange(Kind kind, String address, String insteadOf, boolean force, boolean checkOnly) {

    /** What to do. */
    public enum Kind {
        /** The server at the address, which runs and is of no other cluster, follows without a vote. */
        ADD_LEARNER,
        /** A learner that has caught up gets a vote. */
        PROMOTE,
        /** A voter or a learner goes. */
        REMOVE,
        /** A learner that has caught up gets the vote of another server, which goes. */
        REPLACE,
        TRANSFER_LEADERSHIP
    }

    /**
     * What became of it.
     *
     * @param done it was made; of a transfer, it is under way
     * @param refusal why it was not made, or would not be, without force; empty: nothing speaks against it
     */
    public record Outcome(boolean done, String refusal, Layout before, Layout after) {

        /** Both in words, for a person. */
        public String summary() {
            return "now " + before.words() + "; after: " + after.words();
        }
    }
}
