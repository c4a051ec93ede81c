package dev.coord.server.flags;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The operations of a targeting rule: JsonLogic's, as flagd's schema allows them, and flagd's own four. */
final class Operations {

    static final String IF = "if";
    static final String VAR = "var";
    static final String FRACTIONAL = "fractional";
    static final String SEM_VER = "sem_ver";
    /** What {@code sem_ver} compares by. */
    static final List<String> SEM_VER_COMPARISONS = List.of("=", "!=", ">", "<", ">=", "<=", "~", "^");

    private static final int MANY = Integer.MAX_VALUE;

    /** Those that give true or false, whatever they are given. */
    private static final List<String> BOOLEAN =
            List.of("==", "===", "!=", "!==", "<", "<=", ">", ">=", "!", "!!", "in", "all", "some", "none");

    /** How many arguments one takes. */
    record Arity(int min, int max) {
        boolean allows(int count) {
            return count >= min && count <= max;
        }

        /** For messages. */
        @Override
        public String toString() {
            if (max == MANY) {
                return "at least " + min;
            }
            return min == max ? String.valueOf(min) : min + " or " + max;
        }
    }

    private static final Map<String, Arity> ARITIES = arities();

    private Operations() {}

    private static Map<String, Arity> arities() {
        Map<String, Arity> arities = new TreeMap<>();
        for (String two : List.of("==", "===", "!=", "!==", ">", ">=", "%", "/", "in", "missing_some")) {
            arities.put(two, new Arity(2, 2));
        }
        for (String overArray : List.of("map", "filter", "all", "some", "none", "starts_with", "ends_with")) {
            arities.put(overArray, new Arity(2, 2));
        }
        for (String twoOrThree : List.of("<", "<=", "substr")) {
            arities.put(twoOrThree, new Arity(2, 3));
        }
        for (String one : List.of("!", "!!")) {
            arities.put(one, new Arity(1, 1));
        }
        for (String any : List.of(IF, "or", "and", "+", "-", "max", "min", "merge", "cat")) {
            arities.put(any, new Arity(1, MANY));
        }
        arities.put(VAR, new Arity(0, 2));
        arities.put("missing", new Arity(0, MANY));
        arities.put("*", new Arity(2, MANY));
        arities.put("reduce", new Arity(3, 3));
        arities.put(FRACTIONAL, new Arity(1, MANY));
        arities.put(SEM_VER, new Arity(3, 3));
        return Map.copyOf(arities);
    }

    /** Null: there is no such operation. */
    static @Nullable Arity arity(String operation) {
        return ARITIES.get(operation);
    }

    static boolean givesBoolean(String operation) {
        return BOOLEAN.contains(operation);
    }

    /** All of them, sorted, for messages. */
    static String names() {
        return String.join(" ", new TreeMap<>(ARITIES).keySet());
    }
}
