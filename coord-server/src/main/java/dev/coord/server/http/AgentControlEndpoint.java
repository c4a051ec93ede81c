package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** {@code /v1/agent/reload}, {@code join}, {@code leave} and {@code force-leave}: what changes this server as a whole. */
final class AgentControlEndpoint implements EndpointFamily {

    private final AgentControl control;
    private final boolean ofServer;

    /** @param ofServer false: what concerns other members is handed to a server */
    AgentControlEndpoint(AgentControl control, boolean ofServer) {
        this.control = control;
        this.ofServer = ofServer;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/agent/reload", Access.writeOwnNode(Resource.AGENT), this::reload);
        routes.put("/v1/agent/join/", Access.writeOwnNode(Resource.AGENT), this::join);
        routes.put("/v1/agent/leave", Access.writeOwnNode(Resource.AGENT), this::leave);
        if (!ofServer) {
            return;
        }
        routes.put("/v1/agent/force-leave/", Access.write(Resource.OPERATOR), this::forceLeave);
    }

    private void reload(Exchange exchange) {
        exchange.await(told(control.reload()), done -> exchange.answer(Answer.ok()));
    }

    private void join(Exchange exchange) {
        String address = exchange.required("missing address to join");
        if (isTrue(exchange, "wan")) {
            throw HttpError.internal("there is one datacenter here: nothing to join over the WAN");
        }
        exchange.await(told(control.join(address)), done -> exchange.answer(Answer.ok()));
    }

    private void leave(Exchange exchange) {
        exchange.await(told(control.leave()), done -> {
            exchange.answer(Answer.ok());
            control.stop();
        });
    }

    private void forceLeave(Exchange exchange) {
        String node = exchange.required("missing node to force leave");
        exchange.await(told(control.forceLeave(node, exchange.has("prune"))), known -> {
            if (!known) {
                throw HttpError.internal("agent: No node found with name '" + node + "'");
            }
            exchange.answer(Answer.ok());
        });
    }

    private static boolean isTrue(Exchange exchange, String name) {
        String value = exchange.parameter(name);
        return value != null && !value.isEmpty() && !value.equals("0") && !value.equals("false");
    }

    /** A failure here is no fault of ours: the client gets its message. */
    private static <T> CompletableFuture<T> told(CompletableFuture<T> future) {
        return future.exceptionallyCompose(failure -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return CompletableFuture.failedFuture(HttpError.internal(String.valueOf(cause.getMessage())));
        });
    }
}
