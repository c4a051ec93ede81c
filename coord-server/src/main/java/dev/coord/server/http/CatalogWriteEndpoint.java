package dev.coord.server.http;

import dev.coord.server.command.Command;
import java.util.function.Function;

/** {@code /v1/catalog/}, writing: registrations that come from outside any agent. */
final class CatalogWriteEndpoint implements EndpointFamily {

    @Override
    public void addTo(Routes routes) {
        routes.put(
                "/v1/catalog/register",
                exchange -> write(exchange, body -> CatalogRequest.register(body, ownDatacenter(exchange))));
        routes.put("/v1/catalog/deregister", exchange -> write(exchange, CatalogRequest::deregister));
    }

    private static void write(Exchange exchange, Function<JsonBody, Command> request) {
        exchange.jsonBody(body -> {
            String datacenter = body.string("Datacenter");
            if (!datacenter.isEmpty() && !datacenter.equals(ownDatacenter(exchange))) {
                throw HttpError.internal("No path to datacenter");
            }
            exchange.execute(request.apply(body), result -> exchange.answer(Answer.of(true)));
        });
    }

    private static String ownDatacenter(Exchange exchange) {
        return exchange.backend().cluster().self().datacenter();
    }
}
