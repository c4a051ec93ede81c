package dev.coord.server.grpc;

import dev.coord.server.acl.AccessException;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.ConsensusException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What gRPC status a failure becomes.
 *
 * <p>{@code UNAVAILABLE} is what every client retries, so it is given only where nothing happened. A write whose outcome is
 * unknown is {@code UNKNOWN}, which retry policies leave alone, and not {@code ABORTED}, which some take as an invitation.
 * The trailer {@code coord-reason} names the reason, so that a client can tell "surely not executed" from a connection that
 * broke.
 */
final class Statuses {

    /** Trailer: the name of a {@link ConsensusException.Reason}. */
    static final Metadata.Key<String> REASON = Metadata.Key.of("coord-reason", Metadata.ASCII_STRING_MARSHALLER);

    /** Trailer of gRPC's own: retries wait so long. */
    static final Metadata.Key<String> PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger log = LoggerFactory.getLogger(Statuses.class);

    private static final String OVERLOADED_MILLIS = "1000";

    private Statuses() {}

    static StatusRuntimeException of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof StatusRuntimeException already) {
            return already;
        }
        if (cause instanceof ConsensusException consensus) {
            return of(consensus);
        }
        if (cause instanceof AccessException refused) {
            return of(refused);
        }
        if (cause instanceof dev.coord.streaming.HubFullException full) {
            return Status.RESOURCE_EXHAUSTED.withDescription(full.getMessage()).asRuntimeException();
        }
        log.error("A gRPC request failed in a way that is a bug", cause);
        return Status.INTERNAL
                .withDescription("The server failed to answer: " + cause + ". Its log says more.")
                .asRuntimeException();
    }

    static StatusRuntimeException of(ConsensusException failure) {
        Status status =
                switch (failure.reason()) {
                    case NO_LEADER, STOPPED -> Status.UNAVAILABLE;
                    case OVERLOADED -> Status.RESOURCE_EXHAUSTED;
                    case INVALID -> Status.INVALID_ARGUMENT;
                    case UNKNOWN_OUTCOME -> Status.UNKNOWN;
                };
        Metadata trailers = new Metadata();
        trailers.put(REASON, failure.reason().name());
        if (failure.reason() == ConsensusException.Reason.OVERLOADED) {
            trailers.put(PUSHBACK, OVERLOADED_MILLIS);
        }
        return status.withDescription(failure.getMessage()).asRuntimeException(trailers);
    }

    /** Trailers for a client that was not served, surely: nothing happened, and when to come again. */
    static Metadata comeAgain(long millis) {
        Metadata trailers = new Metadata();
        trailers.put(REASON, ConsensusException.Reason.OVERLOADED.name());
        trailers.put(PUSHBACK, Long.toString(millis));
        return trailers;
    }

    static StatusRuntimeException of(AccessException refused) {
        Status status = refused.reason() == AccessException.Reason.UNKNOWN_TOKEN
                ? Status.UNAUTHENTICATED
                : Status.PERMISSION_DENIED;
        return status.withDescription(refused.getMessage()).asRuntimeException();
    }

    static StatusRuntimeException of(Rejection rejection) {
        Status status =
                switch (rejection.kind()) {
                    case INVALID -> Status.INVALID_ARGUMENT;
                    case UNKNOWN_NODE, UNKNOWN_SERVICE, UNKNOWN_CHECK -> Status.NOT_FOUND;
                    case DENIED -> Status.PERMISSION_DENIED;
                    case INVALID_SESSION, CONFLICT -> Status.FAILED_PRECONDITION;
                };
        return status.withDescription(rejection.message()).asRuntimeException();
    }

    static StatusRuntimeException invalid(String message) {
        return Status.INVALID_ARGUMENT.withDescription(message).asRuntimeException();
    }
}
