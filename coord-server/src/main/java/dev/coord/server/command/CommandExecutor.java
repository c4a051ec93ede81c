package dev.coord.server.command;

import java.util.concurrent.CompletableFuture;

/** Brings commands through the log. Safe from any thread. */
public interface CommandExecutor {

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
}
