package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One server from the built image, on loopback and free ports, with script checks allowed. One thread uses it. */
final class RunningCoord implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration START_PATIENCE = Duration.ofMinutes(2);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Process process;
    private final Path log;
    private final int httpPort;

    private RunningCoord(Process process, Path log, int httpPort) {
        this.process = process;
        this.log = log;
        this.httpPort = httpPort;
    }

    /**
     * Returns once it leads.
     *
     * @param directory for its data and its log
     * @param moreConfig further lines of HCL; may be empty
     */
    static RunningCoord start(Path directory, String moreConfig) {
        int[] ports = freePorts(3);
        String config = """
                server = true
                bootstrap = true
                node_name = "coord"
                bind_addr = "127.0.0.1"
                enable_script_checks = true
                data_dir = "%s"
                ports { http = %d grpc = %d server = %d dns = -1 }
                %s
                """.formatted(directory.resolve("data"), ports[0], ports[1], ports[2], moreConfig);
        Path image = Path.of(System.getProperty("coord.image", "../tools/target/coord"));
        assertThat(image.resolve("bin/coord")).as("the image that was built").exists();
        try {
            Path file = Files.writeString(directory.resolve("coord.hcl"), config);
            Path log = directory.resolve("coord.log");
            ProcessBuilder builder = new ProcessBuilder(
                            image.resolve("bin/coord").toString(), "agent", "-config-file", file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().put("COORD_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1");
            RunningCoord coord = new RunningCoord(builder.start(), log, ports[0]);
            coord.awaitLeader();
            return coord;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int httpPort() {
        return httpPort;
    }

    /** What it has said. */
    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitLeader() {
        Awaitility.await("the server leads")
                .atMost(START_PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .until(() -> {
                    assertThat(process.isAlive()).as(output()).isTrue();
                    HttpRequest request = HttpRequest.newBuilder(
                                    URI.create("http://127.0.0.1:" + httpPort + "/v1/catalog/service/consul"))
                            .timeout(Duration.ofSeconds(5))
                            .build();
                    HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                    // Sessions need the server's node, which comes into the catalog shortly after it leads.
                    return answer.statusCode() == 200 && answer.body().contains("ServiceID");
                });
    }

    /** SIGTERM; waits for the end. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the server did not stop: " + output());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Ports that were free a moment ago, all different. */
    static int[] freePorts(int count) {
        ServerSocket[] sockets = new ServerSocket[count];
        int[] ports = new int[count];
        try {
            for (int i = 0; i < count; i++) {
                sockets[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ports[i] = sockets[i].getLocalPort();
            }
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ports;
    }
}
