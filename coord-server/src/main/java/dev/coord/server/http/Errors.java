package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.ConsensusException;

/** What a failure behind the API looks like in front of it. */
final class Errors {

    private Errors() {}

    static HttpError of(ConsensusException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure.reason()) {
            case NO_LEADER -> HttpError.internal("No cluster leader");
            case OVERLOADED -> new HttpError(503, message, 1);
            case INVALID -> HttpError.badRequest(message);
            case UNKNOWN_OUTCOME -> HttpError.internal(message);
            case STOPPED -> new HttpError(503, message);
        };
    }

    static HttpError of(AccessException refused) {
        int status = refused.reason() == AccessException.Reason.DISABLED ? 401 : 403;
        return new HttpError(status, String.valueOf(refused.getMessage()));
    }

    /** All 500 but what is plainly a bad request: as in Consul, whose clients count on it. */
    static HttpError of(Rejection rejection) {
        return switch (rejection.kind()) {
            case INVALID -> HttpError.badRequest(rejection.message());
            case DENIED -> new HttpError(403, rejection.message());
            case UNKNOWN_NODE, UNKNOWN_SERVICE, UNKNOWN_CHECK, INVALID_SESSION, CONFLICT ->
                HttpError.internal(rejection.message());
        };
    }
}
