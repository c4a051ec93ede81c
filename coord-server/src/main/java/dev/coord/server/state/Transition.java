package dev.coord.server.state;

import dev.coord.server.command.CommandResult;
import java.util.List;

/**
 * What applying a command gave.
 *
 * @param state the next one
 * @param changes what differs from the one before, in order; empty when nothing does
 * @param replaced true: a snapshot has taken the place of everything, and the changes do not say what differs
 */
public record Transition(State state, CommandResult result, List<Change> changes, boolean replaced) {

    public Transition {
        changes = List.copyOf(changes);
    }

    Transition(State state, CommandResult result, List<Change> changes) {
        this(state, result, changes, false);
    }
}
