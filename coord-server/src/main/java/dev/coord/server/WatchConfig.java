package dev.coord.server;

import dev.coord.server.http.GoDuration;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes {@link WatchDefinition}s of the key {@code watches}. */
final class WatchConfig {

    private static final String KEY = "watches";
    private static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(10);
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
    /** Of one agent: each keeps a request waiting and may run a program. */
    private static final int MAX = 1_000;

    private static final Set<String> COMMON =
            Set.of("type", "datacenter", "token", "handler_type", "handler", "args", "http_handler_config");
    private static final Map<String, Set<String>> OWN = Map.of(
            "key", Set.of("key"),
            "keyprefix", Set.of("prefix"),
            "services", Set.of(),
            "nodes", Set.of(),
            "service", Set.of("service", "tag", "passingonly"),
            "checks", Set.of("service", "state"),
            "event", Set.of("name"));

    private final ConfigValues values;

    WatchConfig(ConfigValues values) {
        this.values = values;
    }

    List<WatchDefinition> read() {
        List<Map<String, Object>> given = values.objects(KEY);
        if (given.size() > MAX) {
            throw values.bad(KEY, given.size() + " are given, and at most " + MAX + " are kept");
        }
        List<WatchDefinition> watches = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            Map<String, Object> watch = new LinkedHashMap<>();
            given.get(i).forEach((name, value) -> watch.put(name.toLowerCase(Locale.ROOT), value));
            watches.add(new Item(i, watch).read());
        }
        return watches;
    }

    /** One of the list, with its place for messages. */
    private final class Item {
        private final int place;
        private final Map<String, Object> given;

        Item(int place, Map<String, Object> given) {
            this.place = place;
            this.given = given;
        }

        WatchDefinition read() {
            String type = text(given, "type");
            Set<String> own = type == null ? null : OWN.get(type);
            if (type == null || own == null) {
                throw bad("type must be one of "
                        + String.join(", ", OWN.keySet().stream().sorted().toList())
                        + (type == null ? "" : ", not \"" + type + "\""));
            }
            for (String name : given.keySet()) {
                if (!COMMON.contains(name) && !own.contains(name)) {
                    throw bad("a watch of type " + type + " has no " + name);
                }
            }
            own.stream()
                    .filter(name -> needed(type, name) && text(given, name) == null)
                    .forEach(name -> {
                        throw bad("a watch of type " + type + " needs " + name);
                    });
            if (type.equals("checks") && given.containsKey("service") && given.containsKey("state")) {
                throw bad("a watch of type checks looks at a service or at a state, not at both");
            }
            String token = text(given, "token");
            return new WatchDefinition(
                    type,
                    text(given, "key"),
                    text(given, "prefix"),
                    text(given, "service"),
                    texts("tag"),
                    flag(given, "passingonly"),
                    text(given, "state"),
                    text(given, "name"),
                    token == null ? "" : token,
                    handler());
        }

        private boolean needed(String type, String name) {
            return name.equals("key") || name.equals("prefix") || (type.equals("service") && name.equals("service"));
        }

        private WatchDefinition.Handler handler() {
            String kind = text(given, "handler_type");
            if ("http".equals(kind)) {
                return request();
            }
            if (kind != null && !kind.isEmpty() && !kind.equals("script")) {
                throw bad("handler_type is script or http, not \"" + kind + "\"");
            }
            String shell = text(given, "handler");
            List<String> arguments = texts("args");
            if ((shell == null) == arguments.isEmpty()) {
                throw bad("give args, the program and its arguments" + (shell == null ? "" : ", or handler, not both"));
            }
            return shell == null
                    ? new WatchDefinition.Command(arguments, false)
                    : new WatchDefinition.Command(List.of(shell), true);
        }

        private WatchDefinition.Request request() {
            Object config = given.get("http_handler_config");
            // HCL makes a list of a block.
            if (config instanceof List<?> list && list.size() == 1) {
                config = list.get(0);
            }
            if (!(config instanceof Map<?, ?> map)) {
                throw bad("handler_type http needs http_handler_config");
            }
            Map<String, Object> request = new LinkedHashMap<>();
            map.forEach((name, value) -> request.put(String.valueOf(name).toLowerCase(Locale.ROOT), value));
            String method = text(request, "method");
            if (method != null && !METHODS.contains(method)) {
                throw bad("http_handler_config.method \"" + method + "\" is none of " + METHODS);
            }
            return new WatchDefinition.Request(
                    url(text(request, "path")),
                    method == null ? "POST" : method,
                    headers(request.get("header")),
                    timeout(text(request, "timeout")),
                    !flag(request, "tls_skip_verify"));
        }

        private URI url(@Nullable String path) {
            try {
                URI url = new URI(path == null ? "" : path);
                if (url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
                    return url;
                }
            } catch (URISyntaxException e) {
                // Said below.
            }
            throw bad("http_handler_config.path must be an http:// or https:// URL"
                    + (path == null ? "" : ", not \"" + path + "\""));
        }

        private Map<String, List<String>> headers(@Nullable Object value) {
            Map<String, List<String>> headers = new LinkedHashMap<>();
            Object given = value instanceof List<?> list && list.size() == 1 ? list.get(0) : value;
            if (given == null) {
                return headers;
            }
            if (!(given instanceof Map<?, ?> map)) {
                throw bad("http_handler_config.header must be an object of lists");
            }
            map.forEach((name, texts) -> headers.put(
                    String.valueOf(name),
                    texts instanceof List<?> list
                            ? list.stream().map(String::valueOf).toList()
                            : List.of(String.valueOf(texts))));
            return headers;
        }

        private Duration timeout(@Nullable String text) {
            if (text == null) {
                return TIMEOUT_DEFAULT;
            }
            OptionalLong nanos = GoDuration.parseNanos(text);
            if (nanos.isEmpty() || nanos.getAsLong() <= 0) {
                throw bad("http_handler_config.timeout \"" + text + "\" is no duration such as \"10s\"");
            }
            return Duration.ofNanos(nanos.getAsLong());
        }

        private @Nullable String text(Map<String, Object> from, String name) {
            Object value = from.get(name);
            if (value == null || value instanceof String) {
                return (String) value;
            }
            throw bad(name + " must be a text, not " + value);
        }

        private List<String> texts(String name) {
            Object value = given.get(name);
            List<?> list = value instanceof List<?> many ? many : value == null ? List.of() : List.of(value);
            if (!list.stream().allMatch(String.class::isInstance)) {
                throw bad(name + " must be a list of texts, not " + value);
            }
            return list.stream().map(String.class::cast).toList();
        }

        private boolean flag(Map<String, Object> from, String name) {
            Object value = from.get(name);
            if (value == null || value instanceof Boolean) {
                return Boolean.TRUE.equals(value);
            }
            throw bad(name + " must be true or false, not " + value);
        }

        private StartupException bad(String why) {
            return values.bad(KEY, "number " + (place + 1) + " of the list: " + why);
        }
    }
}
