package dev.coord.server.http;

import io.vertx.core.http.HttpMethod;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the handler of a path. A path that ends in a slash stands for all that begin with it, the rest being its parameter;
 * any other stands for itself. The longest wins. Filled by one thread before the server listens, only read after.
 */
public final class Routes {

    private final Map<String, Route> exact = new HashMap<>();
    private final Map<String, Route> prefixes = new HashMap<>();

    Routes() {}

    /** The handlers of a path, by method. */
    record Route(String path, Map<HttpMethod, Handler> handlers) {
        @Nullable
        Handler handler(HttpMethod method) {
            return handlers.get(method);
        }

        /** The value of an {@code Allow} header. */
        String allowed() {
            StringBuilder methods = new StringBuilder("OPTIONS");
            handlers.keySet().forEach(method -> methods.append(',').append(method.name()));
            return methods.toString();
        }
    }

    void get(String path, Handler handler) {
        add(HttpMethod.GET, path, handler);
    }

    void put(String path, Handler handler) {
        add(HttpMethod.PUT, path, handler);
    }

    void delete(String path, Handler handler) {
        add(HttpMethod.DELETE, path, handler);
    }

    void add(HttpMethod method, String path, Handler handler) {
        Map<String, Route> table = path.endsWith("/") ? prefixes : exact;
        Route route = table.computeIfAbsent(path, p -> new Route(p, new LinkedHashMap<>()));
        if (route.handlers().putIfAbsent(method, handler) != null) {
            throw new IllegalStateException(method + " " + path + " has two handlers");
        }
    }

    /** The route of a decoded path; null when there is none. */
    @Nullable
    Route find(String path) {
        Route route = exact.get(path);
        for (int slash = path.lastIndexOf('/'); route == null && slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
            route = prefixes.get(path.substring(0, slash + 1));
        }
        return route;
    }
}
