package dev.coord.server.http;

import dev.coord.server.audit.AuditLog;
import dev.coord.server.flags.Feature;
import dev.coord.server.watch.BlockingQuery;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server. Listens before there is a leader: until then reads and writes wait for one, and answer 500 "No cluster leader"
 * after seven seconds.
 *
 * <p>{@link #start} and {@link #close} are called by one thread, in this order; both return at once.
 */
public final class HttpApi {

    private final Vertx vertx;
    private final HttpOptions options;
    private final Backend backend;
    private final Routes routes = new Routes();
    private final BlockingQuery blocking;
    private final CachedReads cached = new CachedReads();
    private final Set<HttpListener.Listening> listening = HttpListener.nothing();
    private final WheelTimer timer = new WheelTimer();
    /** For all event loops. */
    private final SharedAnswers shared;

    /** Null: nobody asks. Written before anything is served. */
    private volatile @Nullable AuditTrail audit;

    /** Written and read by the thread that starts and closes. */
    private @Nullable Future<String> deployment;

    /**
     * Does not listen yet.
     *
     * @param vertx not owned; stays open after {@link #close}
     * @param moreFamilies the families of what only this server knows, and of what needs more than the backend; all others
     *     are built in
     */
    public HttpApi(Vertx vertx, Backend backend, List<? extends EndpointFamily> moreFamilies, HttpOptions options) {
        this(vertx, backend, options);
        stateFamilies().forEach(family -> family.addTo(routes));
        moreFamilies.forEach(family -> family.addTo(routes));
    }

    /** Of an agent that keeps no state: what is none of the agent's families is handed to a server, or found in the cache. */
    public static HttpApi ofAgent(
            Vertx vertx,
            Backend backend,
            List<? extends EndpointFamily> agentFamilies,
            HttpRelay relay,
            ReadCache cache,
            HttpOptions options) {
        HttpApi api = new HttpApi(vertx, backend, options);
        agentFamilies.forEach(family -> family.addTo(api.routes));
        api.routes.otherwise(new CachedRelay(cache, relay));
        return api;
    }

    private HttpApi(Vertx vertx, Backend backend, HttpOptions options) {
        this.vertx = vertx;
        this.options = options;
        this.backend = backend;
        this.shared = new SharedAnswers(() -> backend.features().isOn(Feature.ANSWER_SHARING));
        this.blocking = new BlockingQuery(backend.states(), backend.hub(), timer, () -> ThreadLocalRandom.current()
                .nextDouble());
    }

    private static List<EndpointFamily> stateFamilies() {
        return List.of(
                new KvEndpoint(),
                new SessionEndpoint(() -> UUID.randomUUID().toString()),
                new StatusEndpoint(),
                new CatalogEndpoint(),
                new CatalogWriteEndpoint(),
                new HealthEndpoint(),
                new TxnEndpoint(),
                new QueryEndpoint(),
                new CoordinateEndpoint(),
                new SnapshotEndpoint(),
                new MeshEndpoint(),
                new UiEndpoint());
    }

    /** Writes down who does what. Before {@link #agentRequests} and {@link #start}. */
    public void auditTo(AuditLog log) {
        audit = new AuditTrail(log);
    }

    /** Answers what agents hand on, over a socket of its own that opens with the first request. Close it first. */
    public AgentRequests agentRequests() {
        return new AgentRequests(vertx, () -> dispatcher(true));
    }

    /**
     * Listens on every address, on all event loops asked for.
     *
     * @return the port of the first address; fails with {@link java.io.IOException} naming address and port when one of
     *     them can't be had, and then listens on none
     */
    public Future<Integer> start() {
        // Beside the start: the directory is everybody's, and may hold very much.
        var unused = vertx.executeBlocking(() -> {
            ScratchFiles.sweep();
            return true;
        });
        try {
            for (HttpAddress address : options.addresses()) {
                if (address.isUnix()) {
                    SocketFiles.clear(address.path());
                }
            }
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
        Future<String> deploying = vertx.deployVerticle(
                () -> new HttpListener(options, dispatcher(false), listening),
                new DeploymentOptions().setInstances(options.eventLoops()));
        deployment = deploying;
        return deploying.compose(id -> {
            try {
                for (HttpAddress address : options.addresses()) {
                    if (address.isUnix()) {
                        SocketFiles.secure(address.path(), address.socketFile());
                    }
                }
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
            return Future.succeededFuture(port(0));
        });
    }

    /** The port that the address at this place is served on; 0 for a unix socket. Once started. */
    public int port(int place) {
        return listening.stream()
                .filter(one -> one.place() == place && !one.address().isUnix())
                .mapToInt(one -> one.server().actualPort())
                .findFirst()
                .orElse(0);
    }

    /** Reads the certificates again; connections that are open keep theirs. Fails, and changes nothing, if one can't be read. */
    public Future<Void> reloadCertificates() {
        List<Future<Boolean>> all = new ArrayList<>();
        try {
            for (HttpListener.Listening one : listening) {
                if (one.address().tls() != null) {
                    all.add(one.server()
                            .updateSSLOptions(
                                    HttpListener.serverOptions(one.address().tls())
                                            .getSslOptions(),
                                    true));
                }
            }
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
        return Future.all(all).mapEmpty();
    }

    Routes routes() {
        return routes;
    }

    private Dispatcher dispatcher(boolean fromAgents) {
        return new Dispatcher(
                (VertxInternal) vertx,
                backend,
                routes,
                new Reads(blocking, cached, shared, new Entrance(options.limits())),
                options.limits(),
                fromAgents,
                audit);
    }

    /** Stops listening and closes all connections; what is under way gets no answer. Done when nothing is left. */
    public Future<Void> close() {
        Future<String> deployed = deployment;
        if (deployed == null) {
            timer.close();
            return Future.succeededFuture();
        }
        return deployed.transform(started ->
                        started.succeeded() ? vertx.undeploy(started.result()) : Future.<Void>succeededFuture())
                .onComplete(closed -> timer.close());
    }
}
