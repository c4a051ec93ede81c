package dev.coord.server.http;

import dev.coord.server.command.ClusterView.Server;

/** {@code /v1/status/}: who leads, and who votes. Needs no leader. */
final class StatusEndpoint implements EndpointFamily {

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/status/leader", Access.OPEN, StatusEndpoint::leader);
        routes.get("/v1/status/peers", Access.OPEN, StatusEndpoint::peers);
    }

    private static void leader(Exchange exchange) {
        String address =
                exchange.backend().cluster().leader().map(Server::raftAddress).orElse("");
        exchange.answerJson(json -> json.writeString(address));
    }

    private static void peers(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartArray();
            for (Server server : exchange.backend().cluster().servers()) {
                json.writeString(server.raftAddress());
            }
            json.writeEndArray();
        });
    }
}
