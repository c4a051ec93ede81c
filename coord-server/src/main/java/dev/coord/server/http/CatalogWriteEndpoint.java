package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.CatalogAccess;
import dev.coord.server.command.Command;
import java.util.function.Function;

/** {@code /v1/catalog/}, writing: registrations that come from outside any agent. */
final class CatalogWriteEndpoint implements EndpointFamily {

    @Override
    public void addTo(Routes routes) {
        routes.put(
                "/v1/catalog/register",
                Access.BY_HANDLER,
                exchange -> write(exchange, body -> CatalogRequest.register(body, ownDatacenter(exchange))));
        routes.put(
                "/v1/catalog/deregister", Access.BY_HANDLER, exchange -> write(exchange, CatalogRequest::deregister));
    }

    private static void write(Exchange exchange, Function<JsonBody, Command> request) {
        exchange.jsonBody(body -> {
            String datacenter = body.string("Datacenter");
            if (!datacenter.isEmpty() && !datacenter.equals(ownDatacenter(exchange))) {
                throw HttpError.internal("No path to datacenter");
            }
            Command command = request.apply(body);
            requireWrite(
                    exchange, command, () -> exchange.execute(command, result -> exchange.answer(Answer.of(true))));
        });
    }

    private static void requireWrite(Exchange exchange, Command command, Runnable then) {
        Authorizer may = exchange.authorizer();
        if (may.unrestricted()) {
            then.run();
            return;
        }
        exchange.await(exchange.backend().states().linearizable(), state -> {
            CatalogAccess.require(may, state, command);
            then.run();
        });
    }

    private static String ownDatacenter(Exchange exchange) {
        return exchange.backend().cluster().self().datacenter();
    }
}
