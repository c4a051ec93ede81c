package dev.coord.client;

import dev.coord.client.CoordException.Reason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** The blocking form of a future. */
final class Waits {

    private Waits() {}

    /** The value; throws what the future failed with. The future has its own deadline, so this ends. */
    static <T> T join(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordException(
                    Reason.INTERRUPTED, "The thread was interrupted while it waited; the operation goes on", e);
        } catch (ExecutionException e) {
            throw exception(e.getCause() == null ? e : e.getCause());
        }
    }

    /** What a future failed with, as the exception that callers know. */
    static CoordException exception(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CoordException known) {
            // Thrown again with the caller's stack, which says more than that of a network thread.
            return new CoordException(known.reason(), String.valueOf(known.getMessage()), known);
        }
        return new CoordException(Reason.INTERNAL, "The client failed: " + cause, cause);
    }
}
