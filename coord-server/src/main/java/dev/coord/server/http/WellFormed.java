package dev.coord.server.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON in which no text holds half a surrogate pair, which {@code "\\ud800"} can bring into it. There is no UTF-8 for it: the leader
 * would keep another text than those who read the log. As in Go, U+FFFD takes its place.
 */
final class WellFormed {

    private static final int REPLACEMENT = 0xFFFD;

    private WellFormed() {}

    /** The same value where it is well-formed: its objects and lists are changed in place otherwise. */
    static @Nullable Object value(@Nullable Object value) {
        if (value instanceof String text) {
            return text(text);
        }
        if (value instanceof JsonObject object) {
            map(object.getMap());
        } else if (value instanceof JsonArray array) {
            list(asValues(array.getList()));
        } else if (value instanceof Map<?, ?> map) {
            map(asObject(map));
        } else if (value instanceof List<?> list) {
            list(asValues(list));
        }
        return value;
    }

    private static void map(Map<String, Object> map) {
        map.replaceAll((name, value) -> value(value));
        for (String name : List.copyOf(map.keySet())) {
            String wanted = text(name);
            if (!wanted.equals(name)) {
                map.put(wanted, map.remove(name));
            }
        }
    }

    private static void list(List<Object> values) {
        values.replaceAll(WellFormed::value);
    }

    static String text(String text) {
        if (text.codePoints().noneMatch(WellFormed::isHalf)) {
            return text;
        }
        StringBuilder whole = new StringBuilder(text.length());
        text.codePoints().forEach(point -> whole.appendCodePoint(isHalf(point) ? REPLACEMENT : point));
        return whole.toString();
    }

    private static boolean isHalf(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    /** What the JSON codec made of an object has texts for names. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> asObject(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> asValues(List<?> list) {
        return (List<Object>) list;
    }
}
