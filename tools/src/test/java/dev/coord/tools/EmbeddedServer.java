package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A real server in the test's own JVM, HTTP alone, on free ports: for commands that run in the same JVM. */
final class EmbeddedServer {

    private EmbeddedServer() {}

    /**
     * Returns when it leads. The caller closes it; one that fails fails the test.
     *
     * @param more further configuration
     */
    static CoordServer start(Path dataDirectory, Map<String, Object> more) throws Exception {
        Map<String, Object> keys = new LinkedHashMap<>(Map.of(
                "server",
                true,
                "bootstrap",
                true,
                "data_dir",
                dataDirectory.toString(),
                "ports",
                Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L)));
        keys.putAll(more);
        CoordServer server = CoordServer.start(ServerConfig.of(List.of(ConfigSource.of("test", keys))), reason -> {
            throw new AssertionError(reason);
        });
        CountDownLatch leads = new CountDownLatch(1);
        server.whenLeading(leads::countDown);
        assertThat(leads.await(60, TimeUnit.SECONDS)).as("it leads").isTrue();
        return server;
    }
}
