package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever adds a route says what it asks of a token: {@code routes.get(path, Access..., handler)}. */
class RouteAccessTest {

    @Test
    void everyRouteSaysWhatItAsksOfAToken(@TempDir Path directory) throws Exception {
        try (AgentApi api = new AgentApi(directory)) {
            List<Routes.Route> routes = api.routes().all();
            List<String> silent = routes.stream()
                    .flatMap(route -> route.actions().entrySet().stream()
                            .filter(action -> action.getValue().access() == Access.UNDECLARED)
                            .map(action -> action.getKey() + " " + route.path()))
                    .toList();

            assertThat(routes).hasSizeGreaterThan(30);
            assertThat(silent).as("routes without a declared access").isEmpty();
        }
    }
}
