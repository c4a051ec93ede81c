package dev.coord.server;

import dev.coord.server.ConfigKeys.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One value for each key, of all sources: the last that gives it wins, lists and maps add up. Immutable. */
final class ConfigValues {

    private static final String HIDDEN = "(hidden)";
    /** Texts of definitions that tell nothing but what is meant. */
    private static final Set<String> OPEN =
            Set.of("id", "name", "checkid", "serviceid", "service_id", "interval", "timeout", "ttl", "tags");

    private final List<ConfigSource> sources;

    ConfigValues(List<ConfigSource> sources) {
        this.sources = List.copyOf(sources);
    }

    /** Keys that were given and have no effect, sorted. */
    List<String> ignoredKeys() {
        return sources.stream()
                .flatMap(source -> source.values().keySet().stream())
                .filter(key -> ConfigKeys.kind(key) == Kind.IGNORED)
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * What was given, by key, for somebody to look at: secrets are hidden, and so is every text of a definition that does not
     * only name it.
     */
    SortedMap<String, String> shown() {
        SortedMap<String, String> shown = new TreeMap<>();
        for (ConfigSource source : sources) {
            for (String key : source.values().keySet()) {
                shown.put(key, shown(key));
            }
        }
        return shown;
    }

    private String shown(String key) {
        Kind kind = ConfigKeys.kind(key);
        if (kind == null) {
            return HIDDEN;
        }
        return switch (kind) {
            case SECRET -> HIDDEN;
            case IGNORED -> "(without effect)";
            case TEXTS -> String.join(", ", texts(key));
            case TEXT_MAP -> textMap(key).toString();
            case OBJECTS ->
                String.valueOf(
                        objects(key).stream().map(object -> open("", object)).toList());
            default -> String.valueOf(last(key));
        };
    }

    /** A definition's numbers and names; an address or a header may hold a password. */
    private static Object open(String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> open = new LinkedHashMap<>();
            map.forEach((key, inner) -> open.put(String.valueOf(key), open(String.valueOf(key), inner)));
            return open;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(item -> open(name, item)).toList();
        }
        return value instanceof String && !OPEN.contains(name.toLowerCase(Locale.ROOT))
                ? HIDDEN
                : String.valueOf(value);
    }

    /** The first of these keys that is given; empty: none. */
    Optional<String> firstText(String... keys) {
        for (String key : keys) {
            if (!text(key, "").isEmpty()) {
                return Optional.of(text(key, ""));
            }
        }
        return Optional.empty();
    }

    /** The first of these keys that is given, true or false. */
    boolean firstFlag(boolean absent, String... keys) {
        for (String key : keys) {
            if (last(key) instanceof Boolean flag) {
                return flag;
            }
        }
        return absent;
    }

    double decimal(String key, double absent) {
        return last(key) instanceof Double value ? value : absent;
    }

    Duration duration(String key, Duration absent) {
        return last(key) instanceof Duration given ? given : absent;
    }

    @Nullable
    Object last(String key) {
        Object last = null;
        for (ConfigSource source : sources) {
            Object value = source.values().get(key);
            last = value == null ? last : value;
        }
        return last;
    }

    String text(String key, String absent) {
        return last(key) instanceof String text ? text : absent;
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(last(key));
    }

    int number(String key, int absent, int min, int max) {
        if (!(last(key) instanceof Long value)) {
            return absent;
        }
        if (value < min || value > max) {
            throw bad(key, value + " is not within " + min + " and " + max);
        }
        return Math.toIntExact(value);
    }

    List<String> texts(String key) {
        List<String> all = new ArrayList<>();
        for (ConfigSource source : sources) {
            if (source.values().get(key) instanceof List<?> list) {
                list.forEach(item -> all.add((String) item));
            }
        }
        return all;
    }

    Map<String, String> textMap(String key) {
        Map<String, String> all = new LinkedHashMap<>();
        for (ConfigSource source : sources) {
            if (source.values().get(key) instanceof Map<?, ?> map) {
                map.forEach((name, value) -> all.put((String) name, (String) value));
            }
        }
        return all;
    }

    List<Map<String, Object>> objects(String... keys) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (ConfigSource source : sources) {
            for (String key : keys) {
                if (source.values().get(key) instanceof List<?> list) {
                    list.forEach(item -> all.add(object(item)));
                }
            }
        }
        return all;
    }

    private static Map<String, Object> object(Object item) {
        Map<String, Object> object = new LinkedHashMap<>();
        if (item instanceof Map<?, ?> map) {
            map.forEach((name, value) -> object.put((String) name, value));
        }
        return object;
    }

    /** Names where the key was said last. */
    StartupException bad(String key, String why) {
        String where = "configuration";
        for (ConfigSource source : sources) {
            if (source.values().containsKey(key)) {
                where = source.name();
            }
        }
        return new StartupException(ExitCode.CONFIG, where + ": key \"" + key + "\": " + why);
    }
}
