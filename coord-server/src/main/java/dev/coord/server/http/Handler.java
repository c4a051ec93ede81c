package dev.coord.server.http;

/**
 * Answers one request, now or later. Called on the request's event loop; must not block. What it throws becomes the answer:
 * an {@link HttpError} as it says, a {@link dev.coord.server.command.ConsensusException} by its reason, anything else 500.
 */
@FunctionalInterface
interface Handler {
    void handle(Exchange exchange);
}
