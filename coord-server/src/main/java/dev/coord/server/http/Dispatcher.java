package dev.coord.server.http;

import dev.coord.server.limits.Limits;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.VertxInternal;
import org.jspecify.annotations.Nullable;

/** From a request to its handler. One for each event loop. */
final class Dispatcher {

    /** Counts only where requests come from agents. */
    static final String AGENT_NODE = "X-Coord-Agent-Node";

    private static final String AGENT = "/v1/agent/";
    private static final String HTML = "text/html; charset=utf-8";
    private static final Answer ROOT = Answer.text(200, "Consul Agent");

    private final VertxInternal vertx;
    private final Backend backend;
    private final Routes routes;
    private final Reads reads;
    private final Limits limits;
    /** Requests come from agents, which say who they are. */
    private final boolean fromAgents;

    private final @Nullable AuditTrail audit;

    /** @param audit null: nothing is written down */
    Dispatcher(
            VertxInternal vertx,
            Backend backend,
            Routes routes,
            Reads reads,
            Limits limits,
            boolean fromAgents,
            @Nullable AuditTrail audit) {
        this.audit = audit;
        this.vertx = vertx;
        this.backend = backend;
        this.routes = routes;
        this.reads = reads;
        this.limits = limits;
        this.fromAgents = fromAgents;
    }

    void dispatch(HttpServerRequest request) {
        dispatch(request, false);
    }

    /** A request of whom the system let open the admin socket. */
    void administer(HttpServerRequest request) {
        dispatch(request, true);
    }

    private void dispatch(HttpServerRequest request, boolean admin) {
        Exchange exchange;
        Routes.Action action;
        try {
            String path = PercentCoding.decode(pathOf(request));
            Routes.Route route = routes.find(path);
            String rest = route == null ? "" : path.substring(route.path().length());
            exchange = exchange(request, rest, admin);
            action = action(request, path, route);
        } catch (HttpError e) {
            exchange(request, "", admin).fail(e);
            return;
        }
        if (audit != null) {
            audit.follow(exchange);
        }
        exchange.guarded(() -> {
            if (!admin) {
                admit(request);
            }
            exchange.options();
            exchange.begin(action);
        });
    }

    private static final String ROLLOUTS = "/v1/rollouts";

    /** What only this server knows costs the cluster nothing and is not counted: its operators need it most under load. */
    private void admit(HttpServerRequest request) {
        if (request.path().startsWith(AGENT) || request.path().startsWith(ROLLOUTS)) {
            return;
        }
        HttpMethod method = request.method();
        boolean read =
                method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.OPTIONS);
        Limits.Verdict verdict = read ? limits.read() : limits.write();
        if (verdict != Limits.Verdict.ADMITTED) {
            throw new HttpError(verdict == Limits.Verdict.BACK_OFF ? 503 : 429, verdict.message(), 1);
        }
    }

    private Exchange exchange(HttpServerRequest request, String rest, boolean admin) {
        return new Exchange(
                request,
                vertx.getOrCreateContext(),
                backend,
                reads,
                limits.settings(),
                fromAgents ? request.getHeader(AGENT_NODE) : null,
                admin,
                rest);
    }

    private Routes.Action action(HttpServerRequest request, String path, Routes.@Nullable Route route) {
        Routes.Action action = route == null ? null : route.action(request.method());
        boolean clean = CleanPath.of(path).equals(path);
        return action != null && clean ? action : new Routes.Action(Access.OPEN, fallback(request, path, route));
    }

    /** For what no route is there for: it tells where else to look, and nothing of what is stored. */
    private Handler fallback(HttpServerRequest request, String path, Routes.@Nullable Route route) {
        String clean = CleanPath.of(path);
        if (!clean.equals(path)) {
            return exchange -> redirect(exchange, clean, request.query());
        }
        if (route == null) {
            if (path.equals("/")) {
                return exchange -> exchange.answer(ROOT);
            }
            if (routes.find(path + "/") != null
                    && routes.find(path + "/").path().equals(path + "/")) {
                return exchange -> redirect(exchange, path + "/", request.query());
            }
            return routes.otherwise();
        }
        return exchange -> {
            exchange.header(HttpHeaders.ALLOW, route.allowed());
            exchange.answer(
                    request.method().equals(HttpMethod.OPTIONS)
                            ? Answer.ok()
                            : Answer.text(405, "method " + request.method().name() + " not allowed"));
        };
    }

    private static void redirect(Exchange exchange, String path, @Nullable String query) {
        String encoded = PercentCoding.encode(path);
        String target = query == null ? encoded : encoded + "?" + PercentCoding.printable(query);
        exchange.header(HttpHeaders.LOCATION, target);
        HttpMethod method = exchange.request().method();
        boolean read = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
        exchange.answer(read ? link(target) : new Answer(301, null, Buffer.buffer()));
    }

    /** The body of Go's redirects. The path was encoded just now, the query is the client's own. */
    private static Answer link(String target) {
        String escaped = target.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&#34;")
                .replace("'", "&#39;");
        return new Answer(301, HTML, Buffer.buffer("<a href=\"" + escaped + "\">Moved Permanently</a>.\n\n"));
    }

    private static String pathOf(HttpServerRequest request) {
        String path = request.path();
        if (path == null || !path.startsWith("/")) {
            throw HttpError.badRequest("the request's URI has no path");
        }
        return path;
    }
}
