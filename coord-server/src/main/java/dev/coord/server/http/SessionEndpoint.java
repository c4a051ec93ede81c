package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /v1/session/}: leases that locks hang on. */
final class SessionEndpoint implements EndpointFamily {

    private static final String MISSING_SESSION = "Missing session";

    private final Supplier<String> newIds;

    /** @param newIds gives a fresh UUID at each call, on any thread */
    SessionEndpoint(Supplier<String> newIds) {
        this.newIds = newIds;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/session/create", Access.BY_HANDLER, this::create);
        routes.put("/v1/session/destroy/", Access.BY_HANDLER, SessionEndpoint::destroy);
        routes.put("/v1/session/renew/", Access.BY_HANDLER, SessionEndpoint::renew);
        routes.get("/v1/session/info/", Access.BY_HANDLER, SessionEndpoint::info);
        routes.get("/v1/session/list", Access.BY_HANDLER, SessionEndpoint::list);
        routes.get("/v1/session/node/", Access.BY_HANDLER, SessionEndpoint::ofNode);
    }

    private void create(Exchange exchange) {
        exchange.optionalJsonBody(body -> {
            String ownNode = exchange.defaultNode();
            SessionEntry session = SessionRequest.read(body, newIds.get(), ownNode);
            exchange.authorizer().requireWrite(Resource.SESSION, session.node());
            exchange.execute(
                    new Command.CreateSession(session),
                    result -> exchange.answerJson(json -> {
                        json.writeStartObject();
                        json.writeStringField("ID", session.id());
                        json.writeEndObject();
                    }));
        });
    }

    private static void destroy(Exchange exchange) {
        String id = SessionRequest.requireId(exchange.required(MISSING_SESSION));
        requireWrite(
                exchange,
                id,
                () -> exchange.execute(new Command.DestroySession(id), result -> exchange.answer(Answer.of(true))));
    }

    private static void renew(Exchange exchange) {
        String id = SessionRequest.requireId(exchange.required(MISSING_SESSION));
        requireWrite(
                exchange,
                id,
                () -> exchange.await(exchange.backend().leases().renewSession(id), known -> {
                    // Renewed by the leader, which may be ahead of us: read a state that has it.
                    exchange.await(exchange.backend().states().linearizable(), state -> {
                        SessionEntry session = known ? state.session(id) : null;
                        if (session == null) {
                            throw HttpError.notFound("Session id '" + id + "' not found");
                        }
                        exchange.answer(SessionJson.answer(exchange.options().pretty(), List.of(session)));
                    });
                }));
    }

    /** By the node that the session belongs to; for one that is not there, nothing is needed. */
    private static void requireWrite(Exchange exchange, String id, Runnable then) {
        Authorizer may = exchange.authorizer();
        if (may.unrestricted()) {
            then.run();
            return;
        }
        exchange.await(exchange.backend().states().linearizable(), state -> {
            SessionEntry session = state.session(id);
            if (session != null) {
                may.requireWrite(Resource.SESSION, session.node());
            }
            then.run();
        });
    }

    private static void info(Exchange exchange) {
        String id = SessionRequest.requireId(exchange.required(MISSING_SESSION));
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(
                Topics.session(id),
                state -> state.sessionIndex(id),
                state -> SessionJson.answer(exchange.options().pretty(), visible(listOf(state.session(id)), may))));
    }

    private static void list(Exchange exchange) {
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(
                Topics.sessions(),
                state -> state.sessionsIndex(),
                state -> SessionJson.answer(exchange.options().pretty(), visible(state.sessions(), may))));
    }

    private static void ofNode(Exchange exchange) {
        String node = exchange.required("Missing node name");
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(
                Topics.sessions(),
                state -> state.sessionsIndex(),
                state -> SessionJson.answer(exchange.options().pretty(), visible(state.sessionsOf(node), may))));
    }

    private static List<SessionEntry> visible(List<SessionEntry> sessions, Authorizer may) {
        return may.unrestricted()
                ? sessions
                : sessions.stream().filter(may::maySee).toList();
    }

    private static List<SessionEntry> listOf(@Nullable SessionEntry session) {
        return session == null ? List.of() : List.of(session);
    }
}
