package dev.coord.server.state;

import dev.coord.server.command.CommandResult;
import java.util.List;

/**
 * What applying a command gave.
 *
 * @param state the next one
 * @param changes what differs from the one before, in order; empty when nothing does
 */
public record Transition(State state, CommandResult result, List<Change> changes) {

    public Transition {
        changes = List.copyOf(changes);
    }
}
