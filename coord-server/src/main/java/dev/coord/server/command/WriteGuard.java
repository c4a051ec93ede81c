package dev.coord.server.command;

import org.jspecify.annotations.Nullable;

/** What the server that leads asks before it puts a command into its log. Called by any thread; must answer at once. */
@FunctionalInterface
public interface WriteGuard {

    /** Lets everything through. */
    WriteGuard NONE = command -> null;

    /** Why the command is not taken, for the client's eyes; null: it is. */
    @Nullable
    String refusal(Command command);
}
