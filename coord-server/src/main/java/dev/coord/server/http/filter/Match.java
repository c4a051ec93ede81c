package dev.coord.server.http.filter;

/**
 * One comparison.
 *
 * @param selector as written, for messages
 * @param value compared with; empty for {@link Operator#EMPTY}
 */
record Match(String selector, Operator operator, boolean negated, String value) {

    enum Operator {
        EQUAL("Equal"),
        CONTAINS("In"),
        MATCHES("Matches"),
        EMPTY("Empty");

        private final String label;

        Operator(String label) {
            this.label = label;
        }
    }

    FilterException unknownSelector() {
        return new FilterException("Selector \"" + selector + "\" is not valid");
    }

    FilterException unfitOperator() {
        String words = operator == Operator.EMPTY
                ? (negated ? "Is Not Empty" : "Is Empty")
                : (negated ? "Not " : "") + operator.label;
        return new FilterException("Invalid match operator \"" + words + "\" for selector \"" + selector + "\"");
    }

    FilterException unfitValue(String expected) {
        return new FilterException(
                "Failed to coerce value \"" + value + "\" for selector \"" + selector + "\": it is not " + expected);
    }
}
