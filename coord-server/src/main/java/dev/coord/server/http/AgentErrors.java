package dev.coord.server.http;

import dev.coord.server.agent.AgentException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What a failure of the local agent looks like to a client: the statuses are Consul's. */
final class AgentErrors {

    private AgentErrors() {}

    /** The same future, its failures being answers. */
    static <T> CompletableFuture<T> translated(CompletableFuture<T> future) {
        return future.exceptionallyCompose(failure -> CompletableFuture.failedFuture(translate(failure)));
    }

    private static Throwable translate(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof AgentException known ? of(known) : cause;
    }

    private static HttpError of(AgentException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.reason()) {
            case INVALID -> HttpError.badRequest(message);
            case UNKNOWN_SERVICE, NOT_TTL, STORAGE -> HttpError.internal(message);
            case FULL -> new HttpError(503, message);
        };
    }
}
