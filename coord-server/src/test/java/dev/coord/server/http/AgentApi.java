package dev.coord.server.http;

import dev.coord.server.LocalConsensus;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.VertxProbe;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A real local agent behind the real HTTP server, over consensus of one. Close it to stop both. */
final class AgentApi implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(2));
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final LocalConsensus consensus;
    private final LocalAgent agent;
    private final FlagWrites flags;
    private final HttpApi http;
    private final int port;

    AgentApi(Path directory) throws IOException {
        this(directory, AccessControl.OFF);
    }

    AgentApi(Path directory, AccessControl access) throws IOException {
        consensus = new LocalConsensus("n1", System::currentTimeMillis, hub);
        agent = new LocalAgent(
                directory,
                consensus,
                consensus,
                consensus,
                Map.of(),
                new VertxProbe(vertx),
                EventLoop::systemMillis,
                InstantSource.system(),
                new Random(1));
        agent.start("n1", List.of());
        flags = new FlagWrites(consensus, consensus);
        List<EndpointFamily> families = new ArrayList<>(AgentEndpoints.all(
                agent,
                () -> "# no metrics\n",
                () -> Map.of("backend", "none"),
                new NoControl(consensus),
                new NoChanges(consensus),
                directory,
                false));
        families.add(new FlagsEndpoint(flags));
        families.add(new DebugEndpoint(() -> Map.of("node_name", "n1"), false));
        families.add(new RolloutsEndpoint(
                new Rollouts(consensus, consensus, List.of()),
                new RolloutEngine(consensus, consensus, consensus, Map::of, System::currentTimeMillis),
                Map::of));
        http = new HttpApi(
                vertx,
                new Backend(consensus, consensus, consensus, new StateLeases(consensus, consensus), hub, access),
                families,
                new HttpOptions(List.of("127.0.0.1"), 0, 2, HttpOptions.CONNECTIONS_MAX_DEFAULT));
        port = http.start()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    LocalConsensus consensus() {
        return consensus;
    }

    Routes routes() {
        return http.routes();
    }

    LocalAgent agent() {
        return agent;
    }

    Vertx vertx() {
        return vertx;
    }

    int port() {
        return port;
    }

    HttpResponse<String> get(String path) {
        return send("GET", path, "").join();
    }

    CompletableFuture<HttpResponse<String>> getAsync(String path) {
        return send("GET", path, "");
    }

    HttpResponse<String> put(String path) {
        return put(path, "");
    }

    HttpResponse<String> put(String path, String body) {
        return send("PUT", path, body).join();
    }

    JsonObject json(String path) {
        return new JsonObject(get(path).body());
    }

    private CompletableFuture<HttpResponse<String>> send(String method, String path, String body) {
        return send(method, path, body, "");
    }

    HttpResponse<String> bearer(String path, String token) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .build();
        return client.sendAsync(request, BodyHandlers.ofString()).join();
    }

    CompletableFuture<HttpResponse<String>> send(String method, String path, String body, String token) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(PATIENCE)
                .header("X-Consul-Token", token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @Override
    public void close() {
        http.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        agent.close();
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        flags.close();
        hub.close();
    }
}
