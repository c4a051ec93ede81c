package dev.coord.server.history;

/**
 * What a check found.
 *
 * @param explanation in words; for a violation the key and the operations around it
 */
public record Verdict(Kind kind, String explanation) {

    /** Only the first one passes. */
    public enum Kind {
        LINEARIZABLE,
        VIOLATION,
        /** The bound of time or memory was reached first. */
        UNDECIDED
    }

    /** True when an order was found that explains every answer. */
    public boolean passes() {
        return kind == Kind.LINEARIZABLE;
    }
}
