package dev.coord.server.http;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the handler of a path, and what it asks of a token: there is no route without a word on that. A path that ends in a slash stands for all that begin with it, the rest being its parameter;
 * any other stands for itself. The longest wins. Filled by one thread before the server listens, only read after.
 */
public final class Routes {

    private final Map<String, Route> exact = new HashMap<>();
    private final Map<String, Route> prefixes = new HashMap<>();
    private Handler otherwise = exchange -> exchange.answer(Answer.notFound());

    Routes() {}

    /** Sets who answers what is no route of ours. */
    void otherwise(Handler handler) {
        otherwise = handler;
    }

    Handler otherwise() {
        return otherwise;
    }

    /** A handler and what it asks of the request's token. */
    record Action(Access access, Handler handler) {}

    /** The handlers of a path, by method. */
    record Route(String path, Map<HttpMethod, Action> actions) {
        @Nullable
        Action action(HttpMethod method) {
            return actions.get(method);
        }

        /** The value of an {@code Allow} header. */
        String allowed() {
            StringBuilder methods = new StringBuilder("OPTIONS");
            actions.keySet().forEach(method -> methods.append(',').append(method.name()));
            return methods.toString();
        }
    }

    void get(String path, Access access, Handler handler) {
        add(HttpMethod.GET, path, access, handler);
    }

    void put(String path, Access access, Handler handler) {
        add(HttpMethod.PUT, path, access, handler);
    }

    void delete(String path, Access access, Handler handler) {
        add(HttpMethod.DELETE, path, access, handler);
    }

    void add(HttpMethod method, String path, Access access, Handler handler) {
        Map<String, Route> table = path.endsWith("/") ? prefixes : exact;
        Route route = table.computeIfAbsent(path, p -> new Route(p, new LinkedHashMap<>()));
        if (route.actions().putIfAbsent(method, new Action(access, handler)) != null) {
            throw new IllegalStateException(method + " " + path + " has two handlers");
        }
    }

    /** All of them, for the test that asks them all for what it may not see. */
    List<Route> all() {
        List<Route> all = new ArrayList<>(exact.values());
        all.addAll(prefixes.values());
        return all;
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
