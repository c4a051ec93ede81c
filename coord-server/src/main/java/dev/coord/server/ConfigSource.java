package dev.coord.server;

import dev.coord.server.ConfigKeys.Kind;
import dev.coord.server.http.GoDuration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What one file, or the command line, says: keys that are known, with values of the right type. Immutable.
 *
 * <p>Types: String, Boolean, Long, Double, {@link java.time.Duration}, {@code List<String>}, {@code Map<String, String>}, {@code
 * List<Map<String, Object>>}.
 */
public final class ConfigSource {

    private final String name;
    private final Map<String, Object> values;

    private ConfigSource(String name, Map<String, Object> values) {
        this.name = name;
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * Checks keys and types.
     *
     * @param name of the file, for messages
     * @param content as a parser gave it; sections as maps or written with a dot
     * @throws StartupException naming the source and the key
     */
    public static ConfigSource of(String name, Map<String, ?> content) {
        Map<String, Object> values = new LinkedHashMap<>();
        collect(name, "", content, values);
        return new ConfigSource(name, values);
    }

    String name() {
        return name;
    }

    /** By dotted key. */
    Map<String, Object> values() {
        return values;
    }

    private static void collect(String source, String section, Map<String, ?> content, Map<String, Object> values) {
        content.forEach((bare, value) -> {
            String key = named(section + bare);
            if (ConfigKeys.isSection(key)) {
                for (Map<String, Object> part : objects(source, key, value)) {
                    collect(source, key + ".", part, values);
                }
                return;
            }
            Kind kind = ConfigKeys.kind(key);
            if (kind == null) {
                throw unknown(source, key);
            }
            if (value != null) {
                values.put(key, convert(source, key, kind, value));
            }
        });
    }

    /** Consul takes its keys in any case. */
    private static String named(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return ConfigKeys.kind(key) == null && (ConfigKeys.kind(lower) != null || ConfigKeys.isSection(lower))
                ? lower
                : key;
    }

    private static StartupException unknown(String source, String key) {
        String near = Nearest.to(key, ConfigKeys.all());
        return new StartupException(
                ExitCode.CONFIG,
                source + ": unknown key \"" + key + "\"" + (near == null ? "" : "; did you mean \"" + near + "\"?"));
    }

    private static Object convert(String source, String key, Kind kind, Object value) {
        Object converted =
                switch (kind) {
                    case TEXT, SECRET -> value instanceof String ? value : null;
                    case FLAG -> value instanceof Boolean ? value : null;
                    case NUMBER -> whole(value);
                    case DECIMAL -> value instanceof Number number ? number.doubleValue() : null;
                    case DURATION -> duration(value);
                    case TEXTS -> texts(value);
                    case TEXT_MAP -> textMap(value);
                    case OBJECTS -> objects(source, key, value);
                    case IGNORED -> value;
                };
        if (converted == null) {
            throw wrongType(source, key, kind, value);
        }
        return converted;
    }

    private static StartupException wrongType(String source, String key, Kind kind, Object value) {
        boolean secret = kind == Kind.SECRET;
        return new StartupException(
                ExitCode.CONFIG,
                source + ": key \"" + key + "\" must be " + kind.inWords() + (secret ? "" : ", not " + value));
    }

    private static @Nullable Object whole(Object value) {
        return value instanceof Long || value instanceof Integer ? ((Number) value).longValue() : null;
    }

    private static @Nullable Object duration(Object value) {
        OptionalLong nanos = value instanceof String text ? GoDuration.parseNanos(text) : OptionalLong.empty();
        return nanos.isPresent() && nanos.getAsLong() >= 0 ? Duration.ofNanos(nanos.getAsLong()) : null;
    }

    private static @Nullable Object texts(Object value) {
        if (value instanceof String text) {
            return List.of(text);
        }
        List<String> texts = new ArrayList<>();
        if (!(value instanceof List<?> list)) {
            return null;
        }
        for (Object item : list) {
            if (!(item instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }

    private static @Nullable Object textMap(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return null;
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getValue() instanceof String text)) {
                return null;
            }
            texts.put(String.valueOf(entry.getKey()), text);
        }
        return Collections.unmodifiableMap(texts);
    }

    private static List<Map<String, Object>> objects(String source, String key, @Nullable Object value) {
        List<Map<String, Object>> objects = new ArrayList<>();
        List<?> items = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
        for (Object item : items) {
            if (!(item instanceof Map<?, ?> map)) {
                throw wrongType(source, key, Kind.OBJECTS, item);
            }
            Map<String, Object> object = new LinkedHashMap<>();
            map.forEach((k, v) -> object.put(String.valueOf(k), v));
            objects.add(object);
        }
        return objects;
    }
}
