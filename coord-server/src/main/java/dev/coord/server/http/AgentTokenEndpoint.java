package dev.coord.server.http;

import dev.coord.server.acl.OwnTokenStore;
import dev.coord.server.acl.OwnTokenStore.Kind;
import dev.coord.server.acl.Resource;

/** {@code /v1/agent/token/}: the tokens that this server uses itself. */
final class AgentTokenEndpoint implements EndpointFamily {

    private final OwnTokenStore tokens;

    AgentTokenEndpoint(OwnTokenStore tokens) {
        this.tokens = tokens;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/agent/token/", Access.whenEnabled(Access.writeOwnNode(Resource.AGENT)), this::set);
    }

    private void set(Exchange exchange) {
        Kind kind =
                switch (exchange.rest()) {
                    case "default", "acl_token" -> Kind.DEFAULT;
                    case "agent", "acl_agent_token" -> Kind.AGENT;
                    case "agent_master", "acl_agent_master_token" -> Kind.AGENT_MASTER;
                    case "replication", "acl_replication_token" -> Kind.REPLICATION;
                    default -> throw HttpError.notFound("Token \"" + exchange.rest() + "\" is unknown");
                };
        exchange.jsonBody(body -> {
            String secret = body.string("Token");
            exchange.offLoop(
                    () -> {
                        tokens.set(kind, secret);
                        return true;
                    },
                    done -> exchange.answer(Answer.ok()));
        });
    }
}
