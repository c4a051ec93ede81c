package dev.coord.server.command;

/**
 * A command as it stands in the log.
 *
 * @param timeMillis the proposing leader's clock, milliseconds since 1970
 */
public record TimedCommand(Command command, long timeMillis) {}
