package dev.coord.server.log;

/** The log and the one beside it do not hold the same. */
final class DifferentException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long index;

    DifferentException(long index, String message) {
        super(message);
        this.index = index;
    }

    /** The first entry that differs. */
    long index() {
        return index;
    }
}
