package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.ConfigSource;
import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
        Map<String, Object> keys = new LinkedHashMap<>(more);
        keys.put("bootstrap", true);
        CoordServer server = open(dataDirectory, keys);
        CountDownLatch leads = new CountDownLatch(1);
        server.whenLeading(leads::countDown);
        assertThat(leads.await(60, TimeUnit.SECONDS)).as("it leads").isTrue();
        return server;
    }

    /**
     * One of three whose others are not there. The caller closes it.
     *
     * @param more further configuration
     */
    static CoordServer leaderless(Path dataDirectory, String name, Map<String, Object> more) throws IOException {
        Map<String, Object> keys = new LinkedHashMap<>(more);
        keys.put("node_name", name);
        keys.put("bootstrap_expect", 3L);
        try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            keys.put("retry_join", List.of("127.0.0.1:" + nobody.getLocalPort()));
        }
        return open(dataDirectory, keys);
    }

    private static CoordServer open(Path dataDirectory, Map<String, Object> more) {
        Map<String, Object> keys = new LinkedHashMap<>(Map.of(
                "server",
                true,
                "data_dir",
                dataDirectory.toString(),
                "ports",
                Map.of("http", 0L, "grpc", -1L, "server", 0L, "dns", -1L)));
        keys.putAll(more);
        return CoordServer.start(ServerConfig.of(List.of(ConfigSource.of("test", keys))), reason -> {
            throw new AssertionError(reason);
        });
    }
}
