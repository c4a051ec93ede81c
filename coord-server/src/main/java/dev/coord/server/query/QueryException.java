package dev.coord.server.query;

/** A prepared query that can't be taken or run. The message is fit for the client's eyes. */
public final class QueryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    QueryException(String message) {
        // Part of the conversation with a client, not a fault of ours: no stack trace.
        super(message, null, false, false);
    }
}
