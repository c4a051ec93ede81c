package dev.coord.server.http;

/** An answer that is an error: a status and one line of plain text, which clients search for words. */
final class HttpError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;
    /** 0: nothing is said of when to ask again. */
    private final int retryAfterSeconds;

    HttpError(int status, String message) {
        this(status, message, 0);
    }

    /** @param retryAfterSeconds when to ask again */
    HttpError(int status, String message, int retryAfterSeconds) {
        // Part of the conversation with a client, not a fault of ours: no stack trace.
        super(message, null, false, false);
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    static HttpError badRequest(String message) {
        return new HttpError(400, message);
    }

    static HttpError notFound(String message) {
        return new HttpError(404, message);
    }

    /** Consul says 500 to much that is the client's fault; its clients expect it. */
    static HttpError internal(String message) {
        return new HttpError(500, message);
    }

    /** 0: nothing is said of it. */
    int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    int status() {
        return status;
    }

    /** The text of the answer; never null. */
    String text() {
        return String.valueOf(getMessage());
    }
}
