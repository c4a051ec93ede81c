package dev.coord.server.http;

import dev.coord.server.LocalConsensus;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The real HTTP server over consensus of one and the real hub, with a client; a new one for each test. */
final class ApiServer implements BeforeEachCallback, AfterEachCallback {

    private static final int EVENT_LOOPS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(2));
    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, hub);
    private final WatchSteering steering = new WatchSteering();
    private final FlagWrites flags = new FlagWrites(consensus, consensus);
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(EVENT_LOOPS));
    private final AccessControl access;
    private final HttpApi http;
    private int port;

    ApiServer() {
        this(AccessControl.OFF, List.of());
    }

    /** @param families beside those of the replicated state */
    ApiServer(AccessControl access, List<? extends EndpointFamily> families) {
        this.access = access;
        List<EndpointFamily> all = new ArrayList<>(families);
        all.add(new FlagsEndpoint(flags));
        all.add(new RolloutsEndpoint(
                new Rollouts(consensus, consensus, List.of()),
                new RolloutEngine(consensus, consensus, consensus, Map::of, System::currentTimeMillis),
                Map::of));
        this.http = new HttpApi(vertx, backend(), all, options());
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        port = http.start().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        http.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        flags.close();
        hub.close();
    }

    Backend backend() {
        return new Backend(
                consensus,
                consensus,
                consensus,
                new StateLeases(consensus, consensus),
                hub,
                steering,
                new FeatureFlags(consensus, hub, Map.of()),
                access);
    }

    private static HttpOptions options() {
        return new HttpOptions(List.of("127.0.0.1"), 0, EVENT_LOOPS, HttpOptions.CONNECTIONS_MAX_DEFAULT);
    }

    LocalConsensus consensus() {
        return consensus;
    }

    WatchSteering steering() {
        return steering;
    }

    ShardedHub hub() {
        return hub;
    }

    int port() {
        return port;
    }

    HttpResponse<String> get(String pathAndQuery) {
        return getAsync(pathAndQuery).join();
    }

    CompletableFuture<HttpResponse<String>> getAsync(String pathAndQuery) {
        return sendAsync("GET", pathAndQuery, BodyPublishers.noBody());
    }

    HttpResponse<String> put(String pathAndQuery, String body) {
        return sendAsync("PUT", pathAndQuery, BodyPublishers.ofString(body)).join();
    }

    HttpResponse<String> put(String pathAndQuery, byte[] body) {
        return sendAsync("PUT", pathAndQuery, BodyPublishers.ofByteArray(body)).join();
    }

    HttpResponse<String> delete(String pathAndQuery) {
        return sendAsync("DELETE", pathAndQuery, BodyPublishers.noBody()).join();
    }

    CompletableFuture<HttpResponse<String>> sendAsync(
            String method, String pathAndQuery, HttpRequest.BodyPublisher body) {
        HttpRequest request = request(pathAndQuery).method(method, body).build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String pathAndQuery) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + pathAndQuery))
                .timeout(PATIENCE);
    }

    HttpClient client() {
        return client;
    }

    static long index(HttpResponse<?> response) {
        return Long.parseLong(response.headers().firstValue("X-Consul-Index").orElseThrow());
    }

    static JsonArray array(HttpResponse<String> response) {
        return new JsonArray(response.body());
    }

    static JsonObject object(HttpResponse<String> response) {
        return new JsonObject(response.body());
    }
}
