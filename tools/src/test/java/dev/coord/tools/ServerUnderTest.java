package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** {@code coord agent} as a real process of its own, on the class path of this test. One thread uses it. */
final class ServerUnderTest implements AutoCloseable {

    private static final List<String> SMALL_JVM = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m");

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private final Path directory;
    private final String name;
    private final int httpPort;
    private final int grpcPort;
    private final int raftPort;
    private final Map<String, String> environment = new HashMap<>();
    private final List<String> jvmOptions = new ArrayList<>(SMALL_JVM);
    private JsonObject config;
    /** Set by one thread; others may ask whether it lives. */
    private volatile @Nullable Process process;

    private ServerUnderTest(Path directory, String name, int[] ports) {
        this.directory = directory;
        this.name = name;
        this.httpPort = ports[0];
        this.grpcPort = ports[1];
        this.raftPort = ports[2];
        this.config = new JsonObject()
                .put("server", true)
                .put("bootstrap", true)
                .put("node_name", name)
                .put("data_dir", dataDir().toString())
                .put(
                        "ports",
                        new JsonObject()
                                .put("http", httpPort)
                                .put("grpc", ports[1])
                                .put("server", raftPort)
                                .put("dns", -1));
    }

    /** One that will be alone. Not started. */
    static ServerUnderTest lone(Path directory, String name) {
        return new ServerUnderTest(directory, name, freePorts(3));
    }

    /** Some that will form a cluster. Not started. */
    static List<ServerUnderTest> cluster(Path directory, int count) {
        List<ServerUnderTest> servers = new ArrayList<>();
        JsonArray addresses = new JsonArray();
        int[] ports = freePorts(3 * count);
        for (int i = 0; i < count; i++) {
            int[] own = {ports[3 * i], ports[3 * i + 1], ports[3 * i + 2]};
            ServerUnderTest server = new ServerUnderTest(directory, "server-" + (i + 1), own);
            addresses.add(server.raftAddress());
            servers.add(server);
        }
        servers.forEach(server -> server.config.remove("bootstrap"));
        servers.forEach(server -> server.config.put("bootstrap_expect", count).put("retry_join", addresses));
        return servers;
    }

    ServerUnderTest with(String key, Object value) {
        config = config.copy().put(key, value);
        return this;
    }

    /** On another port than its own: http, grpc or server. */
    ServerUnderTest listening(String what, int port) {
        return with("ports", config.getJsonObject("ports").copy().put(what, port));
    }

    /** In the environment of the process. */
    ServerUnderTest withEnvironment(Map<String, String> variables) {
        environment.putAll(variables);
        return this;
    }

    ServerUnderTest withJvmOption(String option) {
        jvmOptions.add(option);
        return this;
    }

    ServerUnderTest start() {
        Path file = directory.resolve(name + ".json");
        try {
            Files.writeString(file, config.encodePrettily());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = coord(log(), jvmOptions, environment, "agent", "-config-file", file.toString());
        return this;
    }

    /** Runs any command: from the built image in a build, where starts are fast; else from the classes of the tests. */
    static Process coord(Path output, String... arguments) {
        return coord(output, SMALL_JVM, Map.of(), arguments);
    }

    private static Process coord(
            Path output, List<String> jvmOptions, Map<String, String> environment, String... arguments) {
        String image = System.getProperty("coord.image");
        List<String> command = new ArrayList<>();
        if (image != null) {
            command.add(Path.of(image, "bin", "coord").toString());
        } else {
            command.add(java().resolve("bin").resolve("java").toString());
            command.addAll(JvmOptions.forServers());
            command.addAll(jvmOptions);
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), Coord.class.getName()));
        }
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().put("JAVA_HOME", java().toString());
        builder.environment().put("COORD_JAVA_OPTS", "-XX:-UseG1GC " + String.join(" ", jvmOptions));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The JDK of the tests. */
    private static Path java() {
        return Path.of(System.getProperty("java.home"));
    }

    String name() {
        return name;
    }

    Path dataDir() {
        return directory.resolve(name);
    }

    Path log() {
        return directory.resolve(name + ".log");
    }

    String grpcAddress() {
        return "127.0.0.1:" + grpcPort;
    }

    String httpUrl() {
        return "http://127.0.0.1:" + httpPort;
    }

    int raftPort() {
        return raftPort;
    }

    String raftAddress() {
        return "127.0.0.1:" + raftPort;
    }

    /** It was started, not stopped, and does not run any more. */
    boolean hasEndedByItself() {
        Process started = process;
        return started != null && !started.isAlive();
    }

    /** Of the process that runs; 0: none. */
    long pid() {
        Process running = process;
        return running != null && running.isAlive() ? running.pid() : 0;
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** SIGSTOP or SIGCONT, as {@code STOP} or {@code CONT}: nothing to a process that has ended. */
    void signal(String name) {
        Process running = process;
        if (running != null) {
            SystemCommand.tried("kill", "-" + name, Long.toString(running.pid()));
        }
    }

    /** SIGKILL. */
    void kill() {
        end(true);
    }

    /** SIGTERM; gives the exit status. */
    int stop() {
        return end(false);
    }

    private int end(boolean forcibly) {
        Process running = process;
        if (running == null) {
            return 0;
        }
        try {
            if (forcibly) {
                running.destroyForcibly();
            } else {
                running.destroy();
            }
            if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                running.destroyForcibly().waitFor();
                throw new AssertionError(name + " did not stop: " + output());
            }
            process = null;
            return running.exitValue();
        } catch (InterruptedException e) {
            running.destroyForcibly();
            throw new AssertionError(e);
        }
    }

    /** For a server that should refuse to start: its exit status. */
    int awaitExit() {
        Process running = process;
        assertThat(running).isNotNull();
        try {
            assertThat(running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("%s should end by itself: %s", name, output())
                    .isTrue();
            return running.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** All that it has said, over all of its starts. */
    String output() {
        try {
            return Files.exists(log()) ? Files.readString(log()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ServerUnderTest awaitLeader() {
        try {
            Awaitility.await(name + " knows a leader")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .conditionEvaluationListener(null)
                    .until(() -> {
                        assertThat(isAlive()).as("%s ended: %s", name, output()).isTrue();
                        return !leader().isEmpty();
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(name + " knows no leader: " + output(), e);
        }
        return this;
    }

    /** The Raft address of the leader that this server knows; empty: none, or the server does not answer. */
    String leader() {
        try {
            HttpResponse<String> answer = get("/v1/status/leader");
            return answer.statusCode() == 200 ? answer.body().strip().replace("\"", "") : "";
        } catch (UncheckedIOException e) {
            return "";
        }
    }

    HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    HttpResponse<String> put(String path, String body) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path))
                .timeout(Duration.ofSeconds(10));
    }

    /** @throws UncheckedIOException when there is no answer */
    static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (isAlive()) {
            kill();
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
