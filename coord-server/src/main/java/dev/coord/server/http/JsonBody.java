package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonParseException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that a client sent. Fields are found in CamelCase and snake_case alike; one that is missing or {@code null}
 * has Go's zero value; one of the wrong type is an {@link HttpError} 400 that names it. Fields that nobody asks for are let
 * pass. Immutable.
 */
final class JsonBody {

    private static final String FAILED = "Request decode failed: ";

    /** Where this object is, for messages: empty, or ending in a dot. */
    private final String path;

    private final JsonObject object;
    /** From a name without case and underscores to the name as sent. */
    private final Map<String, String> names;

    private JsonBody(String path, JsonObject object) {
        this.path = path;
        this.object = object;
        this.names = new HashMap<>();
        object.fieldNames().forEach(name -> names.put(plain(name), name));
    }

    /** An empty body is an empty object. */
    static JsonBody parse(Buffer body) {
        Object value = parseValue(body);
        if (value == null) {
            return new JsonBody("", new JsonObject());
        }
        if (value instanceof JsonObject object) {
            return new JsonBody("", object);
        }
        throw HttpError.badRequest(FAILED + "expected a JSON object, got " + typeOf(value));
    }

    /** A list of objects; an empty body is an error. */
    static List<JsonBody> parseList(Buffer body) {
        Object value = parseValue(body);
        if (value == null) {
            throw HttpError.badRequest(FAILED + "expected a JSON list, got nothing");
        }
        if (!(value instanceof JsonArray)) {
            throw HttpError.badRequest(FAILED + "expected a JSON list, got " + typeOf(value));
        }
        return new JsonBody("", new JsonObject().put("", value)).objects("");
    }

    /** An object that was read from a file: maps, lists, texts, numbers and flags. */
    static JsonBody of(Map<String, ?> content) {
        return new JsonBody("", (JsonObject) plainValue(content));
    }

    private static Object plainValue(Object value) {
        if (value instanceof Map<?, ?> map) {
            JsonObject object = new JsonObject();
            map.forEach((key, child) -> object.put(String.valueOf(key), child == null ? null : plainValue(child)));
            return object;
        }
        if (value instanceof List<?> list) {
            JsonArray array = new JsonArray();
            list.forEach(child -> array.add(child == null ? null : plainValue(child)));
            return array;
        }
        return value instanceof Long number && number == number.intValue() ? (Object) number.intValue() : value;
    }

    private static @Nullable Object parseValue(Buffer body) {
        if (body.length() == 0) {
            return null;
        }
        try {
            return WellFormed.value(Json.decodeValue(body));
        } catch (DecodeException e) {
            if (e.getCause() instanceof JsonParseException malformed) {
                // What Jackson adds in brackets is of no use to a client.
                String what = malformed.getOriginalMessage().replaceFirst(" \\(.*", "");
                throw HttpError.badRequest(FAILED + what + " at line "
                        + malformed.getLocation().getLineNr() + " column "
                        + malformed.getLocation().getColumnNr());
            }
            throw HttpError.badRequest(FAILED + e.getMessage());
        }
    }

    /** The same object with one text set. */
    JsonBody with(String name, String text) {
        return new JsonBody(path, object.copy().put(name, text));
    }

    /** An error that names a field which is none of these: for where to pass over one would do something else than asked. */
    void requireNoneBut(List<String> known) {
        for (String name : object.fieldNames()) {
            if (known.stream().noneMatch(field -> plain(field).equals(plain(name)))) {
                throw HttpError.badRequest(FAILED + path + "unknown field \"" + name + "\"");
            }
        }
    }

    boolean has(String name) {
        return value(name) != null;
    }

    String string(String name) {
        return string(name, "");
    }

    /**
     * @param otherwise what an absent field means, and an empty one too: clients in Go send every text that they were not
     *     given as {@code ""}
     */
    String string(String name, String otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text) {
            return text.isEmpty() ? otherwise : text;
        }
        throw wrongType(name, "a string", value);
    }

    boolean bool(String name) {
        Object value = value(name);
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrongType(name, "true or false", value);
    }

    int integer(String name, int otherwise) {
        Object value = value(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Integer number) {
            return number;
        }
        throw wrongType(name, "an integer of 32 bits", value);
    }

    /** A whole number without a sign, as its 64 bits; 0 when missing. */
    long unsigned(String name) {
        Object value = value(name);
        if (value == null) {
            return 0;
        }
        if (value instanceof Integer || value instanceof Long) {
            long number = ((Number) value).longValue();
            if (number >= 0) {
                return number;
            }
        } else if (value instanceof BigInteger number && number.signum() >= 0 && number.bitLength() <= Long.SIZE) {
            return number.longValue();
        }
        throw wrongType(name, "an unsigned integer of 64 bits", value);
    }

    /** 0 when missing. */
    double number(String name) {
        Object value = value(name);
        if (value == null) {
            return 0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw wrongType(name, "a number", value);
    }

    List<Double> numbers(String name) {
        Object value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array)) {
            throw wrongType(name, "a list of numbers", value);
        }
        List<Double> numbers = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.getValue(i) instanceof Number number)) {
                throw wrongType(name + "[" + i + "]", "a number", array.getValue(i));
            }
            numbers.add(number.doubleValue());
        }
        return numbers;
    }

    /** Bytes that are sent in base64; empty when missing. */
    byte[] bytes(String name) {
        String text = string(name);
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw HttpError.badRequest(FAILED + path + name + ": illegal base64 data: " + e.getMessage());
        }
    }

    /** Milliseconds of a duration, given as Go's text or as nanoseconds; 0 when missing. */
    long durationMillis(String name) {
        return durationNanos(name).orElse(0) / 1_000_000;
    }

    /** Nanoseconds of a duration, given as Go's text or as nanoseconds; empty when missing or an empty text. */
    OptionalLong durationNanos(String name) {
        Object value = value(name);
        if (value == null || value.equals("")) {
            return OptionalLong.empty();
        }
        if (value instanceof Integer || value instanceof Long) {
            return OptionalLong.of(((Number) value).longValue());
        }
        if (value instanceof String text) {
            OptionalLong nanos = GoDuration.parseNanos(text);
            if (nanos.isEmpty()) {
                throw HttpError.badRequest(FAILED + path + name + ": invalid duration \"" + text + "\"");
            }
            return nanos;
        }
        throw wrongType(name, "a duration like \"10s\" or nanoseconds", value);
    }

    List<String> strings(String name) {
        return optionalStrings(name).orElse(List.of());
    }

    /** Empty when missing, as opposed to given without an element. */
    Optional<List<String>> optionalStrings(String name) {
        Object value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(stringsOf(path + name, value));
    }

    Optional<JsonBody> object(String name) {
        Object value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof JsonObject child) {
            return Optional.of(new JsonBody(path + name + ".", child));
        }
        throw wrongType(name, "an object", value);
    }

    List<JsonBody> objects(String name) {
        Object value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array)) {
            throw wrongType(name, "a list of objects", value);
        }
        List<JsonBody> elements = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            String where = name + "[" + i + "]";
            if (!(array.getValue(i) instanceof JsonObject element)) {
                throw wrongType(where, "an object", array.getValue(i));
            }
            elements.add(new JsonBody(path + where + ".", element));
        }
        return elements;
    }

    /** A map with free keys, kept as they were sent. */
    Map<String, String> stringMap(String name) {
        Map<String, String> map = new LinkedHashMap<>();
        forEach(name, (key, value) -> {
            if (!(value instanceof String text)) {
                throw wrongType(name + "." + key, "a string", value);
            }
            map.put(key, text);
        });
        return map;
    }

    /** A map with free keys to lists of texts. */
    Map<String, List<String>> stringsMap(String name) {
        Map<String, List<String>> map = new LinkedHashMap<>();
        forEach(name, (key, value) -> map.put(key, stringsOf(path + name + "." + key, value)));
        return map;
    }

    /** A map with free keys to objects. */
    Map<String, JsonBody> objectMap(String name) {
        Map<String, JsonBody> map = new LinkedHashMap<>();
        forEach(name, (key, value) -> {
            if (!(value instanceof JsonObject child)) {
                throw wrongType(name + "." + key, "an object", value);
            }
            map.put(key, new JsonBody(path + name + "." + key + ".", child));
        });
        return map;
    }

    private interface Entry {
        void accept(String key, @Nullable Object value);
    }

    private void forEach(String name, Entry entry) {
        Object value = value(name);
        if (value == null) {
            return;
        }
        if (!(value instanceof JsonObject child)) {
            throw wrongType(name, "an object", value);
        }
        child.fieldNames().forEach(key -> entry.accept(key, child.getValue(key)));
    }

    private static List<String> stringsOf(String where, @Nullable Object value) {
        if (!(value instanceof JsonArray array)) {
            throw wrong(where, "a list of strings", value);
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.getValue(i) instanceof String text)) {
                throw wrong(where + "[" + i + "]", "a string", array.getValue(i));
            }
            texts.add(text);
        }
        return texts;
    }

    private @Nullable Object value(String name) {
        String sent = names.get(plain(name));
        return sent == null ? null : object.getValue(sent);
    }

    private HttpError wrongType(String name, String expected, @Nullable Object value) {
        return wrong(path + name, expected, value);
    }

    private static HttpError wrong(String where, String expected, @Nullable Object value) {
        return HttpError.badRequest(FAILED + where + " must be " + expected + ", not " + typeOf(value));
    }

    private static String typeOf(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof String) {
            return "a string";
        }
        if (value instanceof Boolean) {
            return "a boolean";
        }
        if (value instanceof Number number) {
            return "the number " + number;
        }
        return value instanceof JsonArray ? "a list" : "an object";
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
