package dev.coord.server.http.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.coord.server.http.filter.Match.Operator;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** Names the fields of a T that expressions can ask for, and what they hold. Built by one thread, then immutable. */
public final class Fields<T> {

    private final Map<String, Field<T>> fields = new HashMap<>();

    public static <T> Fields<T> describe() {
        return new Fields<>();
    }

    /** A text: compared, searched ({@code contains}, {@code in}) and matched. */
    public Fields<T> text(String name, Function<T, String> value) {
        return put(name, (rest, match) -> {
            requireEnd(rest, match);
            Predicate<String> test = textTest(match);
            return item -> test.test(value.apply(item));
        });
    }

    /** A whole number: compared. */
    public Fields<T> number(String name, ToLongFunction<T> value) {
        return put(name, (rest, match) -> {
            requireEnd(rest, match);
            requireEqual(match);
            long wanted = number(match);
            return item -> (value.applyAsLong(item) == wanted) != match.negated();
        });
    }

    /** True or false: compared. */
    public Fields<T> flag(String name, Predicate<T> value) {
        return put(name, (rest, match) -> {
            requireEnd(rest, match);
            requireEqual(match);
            boolean wanted = flag(match);
            return item -> (value.test(item) == wanted) != match.negated();
        });
    }

    /** Texts: asked whether one is among them, or none. */
    public Fields<T> texts(String name, Function<T, ? extends Collection<String>> value) {
        return put(name, (rest, match) -> {
            requireEnd(rest, match);
            return switch (match.operator()) {
                case CONTAINS -> item -> value.apply(item).contains(match.value()) != match.negated();
                case EMPTY -> item -> value.apply(item).isEmpty() != match.negated();
                case EQUAL, MATCHES -> throw match.unfitOperator();
            };
        });
    }

    /** Texts by free keys: a key's text compared, or the keys asked for. A key that is not there equals nothing. */
    public Fields<T> textMap(String name, Function<T, Map<String, String>> value) {
        return put(name, (rest, match) -> {
            if (rest.isEmpty()) {
                return keysTest(match, value);
            }
            requireEnd(rest.subList(1, rest.size()), match);
            String key = rest.get(0);
            Predicate<String> test = textTest(match);
            return item -> {
                String text = value.apply(item).get(key);
                return text == null ? match.negated() : test.test(text);
            };
        });
    }

    /** Another thing with fields. */
    public <C> Fields<T> child(String name, Function<T, C> value, Fields<C> childFields) {
        return put(name, (rest, match) -> {
            Predicate<C> test = childFields.compile(rest, match);
            return item -> test.test(value.apply(item));
        });
    }

    /** Several things with fields: true when it is for one of them. */
    public <C> Fields<T> children(String name, Function<T, List<C>> value, Fields<C> childFields) {
        return put(name, (rest, match) -> {
            if (rest.isEmpty()) {
                requireEmptiness(match);
                return item -> value.apply(item).isEmpty() != match.negated();
            }
            Predicate<C> test = childFields.compile(rest, match);
            return item -> value.apply(item).stream().anyMatch(test);
        });
    }

    /** Things with fields by free keys. */
    public <C> Fields<T> childMap(String name, Function<T, Map<String, C>> value, Fields<C> childFields) {
        return put(name, (rest, match) -> {
            if (rest.isEmpty()) {
                return keysTest(match, value);
            }
            Predicate<C> test = childFields.compile(rest.subList(1, rest.size()), match);
            String key = rest.get(0);
            return item -> {
                C child = value.apply(item).get(key);
                return child == null ? match.negated() : test.test(child);
            };
        });
    }

    Predicate<T> compile(List<String> path, Match match) {
        Field<T> field = path.isEmpty() ? null : fields.get(path.get(0));
        if (field == null) {
            throw match.unknownSelector();
        }
        return field.compile(path.subList(1, path.size()), match);
    }

    private Fields<T> put(String name, Field<T> field) {
        fields.put(name, field);
        return this;
    }

    private static <T, V> Predicate<T> keysTest(Match match, Function<T, Map<String, V>> value) {
        return switch (match.operator()) {
            case CONTAINS -> item -> value.apply(item).containsKey(match.value()) != match.negated();
            case EMPTY -> item -> value.apply(item).isEmpty() != match.negated();
            case EQUAL, MATCHES -> throw match.unfitOperator();
        };
    }

    private static Predicate<String> textTest(Match match) {
        return switch (match.operator()) {
            case EQUAL -> text -> text.equals(match.value()) != match.negated();
            case CONTAINS -> text -> text.contains(match.value()) != match.negated();
            case MATCHES -> {
                Pattern pattern = pattern(match);
                yield text -> pattern.matcher(text).find() != match.negated();
            }
            case EMPTY -> throw match.unfitOperator();
        };
    }

    /** RE2: in time linear in the text, for it runs on an event loop, and in the syntax that Consul's users know. */
    private static Pattern pattern(Match match) {
        try {
            return Pattern.compile(match.value());
        } catch (PatternSyntaxException e) {
            throw new FilterException(
                    "Failed to compile regular expression \"" + match.value() + "\": " + e.getMessage());
        }
    }

    private static void requireEnd(List<String> rest, Match match) {
        if (!rest.isEmpty()) {
            throw match.unknownSelector();
        }
    }

    private static void requireEqual(Match match) {
        if (match.operator() != Operator.EQUAL) {
            throw match.unfitOperator();
        }
    }

    private static void requireEmptiness(Match match) {
        if (match.operator() != Operator.EMPTY) {
            throw match.unfitOperator();
        }
    }

    private static long number(Match match) {
        try {
            return Long.parseLong(match.value());
        } catch (NumberFormatException e) {
            throw match.unfitValue("a whole number");
        }
    }

    private static boolean flag(Match match) {
        return switch (match.value()) {
            case "true", "True", "TRUE", "t", "T", "1" -> true;
            case "false", "False", "FALSE", "f", "F", "0" -> false;
            default -> throw match.unfitValue("true or false");
        };
    }
}
