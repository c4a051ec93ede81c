package dev.coord.server.http.filter;

/** An expression that can't be read, or that asks for what there is not; the message says where, or which. */
public final class FilterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    FilterException(String message) {
        super(message, null, false, false);
    }
}
