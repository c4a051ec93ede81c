package dev.coord.server.http.filter;

import java.util.function.Predicate;

/** Makes a predicate of an expression. */
public final class Filter {

    /** The longest expression, characters. */
    public static final int CHARS_MAX = 8 * 1024;

    private Filter() {}

    /**
     * Reads the whole expression and checks it against the fields, so that the predicate can't fail.
     *
     * @throws FilterException if it is malformed or too long, or names a field, an operator or a value that does not fit
     */
    public static <T> Predicate<T> parse(String expression, Fields<T> fields) {
        if (expression.length() > CHARS_MAX) {
            throw new FilterException("the expression is longer than " + CHARS_MAX + " characters");
        }
        return new Parser<>(new Tokens(expression), fields).parse();
    }
}
