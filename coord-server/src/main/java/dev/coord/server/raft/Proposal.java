package dev.coord.server.raft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.error.RaftError;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.jfr.WriteEvent;
import org.jspecify.annotations.Nullable;

/**
 * A command handed to JRaft on this server. Ends exactly once: {@link #applied} by the state machine, or {@link #run} by
 * JRaft when that will not come.
 */
final class Proposal implements Closure {

    /** Told what became of a proposal, by JRaft's threads; must not block. */
    interface Outcome {
        /** It is durable on a majority, applied here and published. */
        void applied(CommandResult result);

        /** It surely went into no log: it may be proposed again. */
        void notProposed();

        /** This server has too much under way; it went into no log. */
        void overloaded();

        /** It may or may not take effect. */
        void unknown(String why);
    }

    private static final String NOT_LEADER = "Is not leader.";
    private static final String TRANSFERRING = "Is transferring leadership.";

    private final Command command;
    private final long timeMillis;
    private final Outcome outcome;
    private final @Nullable WriteEvent event;

    /** @param event what a flight recording will show of it; null: nobody records */
    Proposal(Command command, long timeMillis, Outcome outcome, @Nullable WriteEvent event) {
        this.command = command;
        this.timeMillis = timeMillis;
        this.outcome = outcome;
        this.event = event;
    }

    @Nullable
    WriteEvent event() {
        return event;
    }

    Command command() {
        return command;
    }

    long timeMillis() {
        return timeMillis;
    }

    void applied(CommandResult result) {
        outcome.applied(result);
    }

    /**
     * Called by JRaft only when the command was not applied here. It says EPERM both for what it refused before it went into
     * the log and for what a leader that stepped down had in its log already; only the words differ. So the words that mean
     * "refused" are named here, and whatever else it says counts as unknown: should a later JRaft choose other words, we
     * would err on the honest side.
     */
    @Override
    public void run(Status status) {
        String message = String.valueOf(status.getErrorMsg());
        if (status.getRaftError() == RaftError.EBUSY && !message.equals(TRANSFERRING)) {
            outcome.overloaded();
        } else if (status.getRaftError() == RaftError.EBUSY
                || status.getRaftError() == RaftError.ENODESHUTDOWN
                || (status.getRaftError() == RaftError.EPERM && message.equals(NOT_LEADER))) {
            outcome.notProposed();
        } else {
            outcome.unknown(message);
        }
    }
}
