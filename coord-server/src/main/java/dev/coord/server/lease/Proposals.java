package dev.coord.server.lease;

import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.loop.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Proposes commands, in order, a bounded number at a time: ten thousand leases that run out at once must not take the place of
 * the clients' writes. On the loop's thread.
 */
public final class Proposals {

    /** How many are under way at once. */
    public static final int UNDER_WAY_MAX = 128;
    /** How many wait behind those; beyond it a proposal fails as overloaded. */
    public static final int WAITING_MAX = 65_536;

    private final CommandExecutor commands;
    private final EventLoop loop;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int underWay;

    public Proposals(CommandExecutor commands, EventLoop loop) {
        this.commands = commands;
        this.loop = loop;
    }

    /** Told, on the loop's thread, what became of a proposal. */
    public interface Outcome {
        /** One of the two is null. */
        void accept(@Nullable CommandResult result, @Nullable Throwable failure);
    }

    private record Waiting(Command command, Outcome outcome) {}

    public void propose(Command command, Outcome outcome) {
        if (underWay < UNDER_WAY_MAX) {
            start(command, outcome);
        } else if (waiting.size() < WAITING_MAX) {
            waiting.add(new Waiting(command, outcome));
        } else {
            outcome.accept(
                    null,
                    new ConsensusException(
                            ConsensusException.Reason.OVERLOADED,
                            "this server has " + WAITING_MAX
                                    + " changes of checks and leases waiting: try again later"));
        }
    }

    private void start(Command command, Outcome outcome) {
        underWay++;
        CompletableFuture<CommandResult> future = commands.execute(command);
        var unused = future.whenComplete((result, failure) -> loop.execute(() -> ended(outcome, result, failure)));
    }

    private void ended(Outcome outcome, @Nullable CommandResult result, @Nullable Throwable failure) {
        underWay--;
        Waiting next = waiting.poll();
        if (next != null) {
            start(next.command, next.outcome);
        }
        outcome.accept(result, failure);
    }
}
