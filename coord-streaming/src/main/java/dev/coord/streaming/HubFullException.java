package dev.coord.streaming;

/** The hub has as many subscribers as it was allowed; the message names the limit. */
public final class HubFullException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public HubFullException(String message) {
        super(message);
    }
}
