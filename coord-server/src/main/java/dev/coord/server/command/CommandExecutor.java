package dev.coord.server.command;

import java.util.concurrent.CompletableFuture;

/** Brings commands through the log. Safe from any thread. */
public interface CommandExecutor {

    /** The client of what a server proposes by itself. */
    String ITSELF = "";

    /**
     * Proposes a command; on a follower, forwards it to the leader.
     *
     * <p>Never blocks: at the bound of commands under way it fails at once with {@link
     * ConsensusException.Reason#OVERLOADED}.
     *
     * @return completes when the command is durable on a majority and applied on this server (so that a read here sees
     *     it); exceptionally with {@link ConsensusException}. After {@link ConsensusException.Reason#UNKNOWN_OUTCOME} the
     *     command may or may not take effect. Completed on a thread that must not be blocked: hop to your own for more
     *     than a few microseconds of work.
     */
    CompletableFuture<CommandResult> execute(Command command);

    /**
     * As {@link #execute(Command)}, for a client, which shares what the cluster can write with the others and may fill no more
     * than half of the places for commands under way.
     *
     * @param client where it comes from, such as its IP address; {@link #ITSELF}: this server
     */
    default CompletableFuture<CommandResult> execute(Command command, String client) {
        return execute(command);
    }
}
