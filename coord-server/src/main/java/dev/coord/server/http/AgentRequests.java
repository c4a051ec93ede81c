package dev.coord.server.http;

import com.google.protobuf.UnsafeByteOperations;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpHeader;
import dev.coord.api.raft.v1.HttpPart;
import dev.coord.server.command.ForwardedHttp;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On a server: answers what agents hand on, by asking its own HTTP over a unix socket that nobody else can open. So an agent's
 * client gets what a server's client gets, whatever the endpoint. The socket opens with the first request.
 *
 * <p>Safe from any thread. At {@link #UNDER_WAY_MAX} requests under way one more fails.
 */
public final class AgentRequests implements ForwardedHttp.Handler, AutoCloseable {

    /** The most requests of all agents without an answer, blocking queries included. */
    static final int UNDER_WAY_MAX = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(AgentRequests.class);

    private final Vertx vertx;
    private final Supplier<Dispatcher> dispatchers;

    /** Guarded by this. */
    private @Nullable Inner inner;

    AgentRequests(Vertx vertx, Supplier<Dispatcher> dispatchers) {
        this.vertx = vertx;
        this.dispatchers = dispatchers;
    }

    private record Inner(Path directory, HttpClientAgent client, SocketAddress address, Future<String> deployed) {}

    private synchronized Inner inner() throws IOException {
        Inner open = inner;
        if (open != null) {
            return open;
        }
        // Only its owner may enter a directory made so.
        Path directory = Files.createTempDirectory("coord-agents");
        SocketAddress address =
                SocketAddress.domainSocketAddress(directory.resolve("http").toString());
        Future<String> deployed = vertx.deployVerticle(
                () -> new VerticleBase() {
                    @Override
                    public Future<?> start() throws IOException {
                        Dispatcher dispatcher = dispatchers.get();
                        return vertx.createHttpServer(HttpListener.serverOptions(null))
                                .requestHandler(dispatcher::dispatch)
                                .listen(address);
                    }
                },
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors()));
        HttpClientAgent client = vertx.createHttpClient(
                new HttpClientOptions().setDecompressionSupported(false),
                new PoolOptions().setHttp1MaxSize(UNDER_WAY_MAX).setMaxWaitQueueSize(0));
        open = new Inner(directory, client, address, deployed);
        inner = open;
        return open;
    }

    @Override
    public void handle(HttpCall call, ForwardedHttp.Answer answer) {
        Context context = vertx.getOrCreateContext();
        Relaying one = new Relaying(call, answer, context);
        // As gRPC wants it: before the first method returns.
        answer.onReady(one::resume);
        answer.onCancel(one::cancel);
        try {
            Inner open = inner();
            open.deployed()
                    .onComplete(ready -> context.runOnContext(ignored -> {
                        if (ready.succeeded()) {
                            one.send(open);
                        } else {
                            answer.fail(String.valueOf(ready.cause().getMessage()));
                        }
                    }));
        } catch (IOException e) {
            answer.fail("this server can't open a socket for agents: " + e);
        }
    }

    @Override
    public synchronized void close() {
        Inner open = inner;
        inner = null;
        if (open == null) {
            return;
        }
        var unused = open.client().close();
        try {
            Files.deleteIfExists(open.directory().resolve("http"));
            Files.deleteIfExists(open.directory());
        } catch (IOException e) {
            LOG.warn("{} was left behind: {}", open.directory(), e.toString());
        }
    }

    /** One request. Its state is the event loop's alone. */
    private static final class Relaying {

        private final HttpCall call;
        private final ForwardedHttp.Answer answer;
        private final Context context;
        private @Nullable HttpClientRequest request;
        private @Nullable HttpClientResponse response;
        private boolean cancelled;

        Relaying(HttpCall call, ForwardedHttp.Answer answer, Context context) {
            this.call = call;
            this.answer = answer;
            this.context = context;
        }

        void resume() {
            context.runOnContext(ignored -> {
                if (response != null) {
                    response.resume();
                }
            });
        }

        void cancel() {
            context.runOnContext(ignored -> {
                cancelled = true;
                if (request != null) {
                    var unused = request.reset();
                }
            });
        }

        void send(Inner open) {
            if (cancelled) {
                return;
            }
            RequestOptions options = new RequestOptions()
                    .setServer(open.address())
                    .setHost("localhost")
                    .setPort(80)
                    .setMethod(HttpMethod.valueOf(call.getMethod()))
                    .setURI(call.getUri());
            open.client()
                    .request(options)
                    .compose(sending -> {
                        request = sending;
                        call.getHeadersList()
                                .forEach(header -> sending.headers().add(header.getName(), header.getValue()));
                        sending.headers().set(Dispatcher.AGENT_NODE, call.getAgentNode());
                        return sending.send(Buffer.buffer(call.getBody().toByteArray()));
                    })
                    .onSuccess(this::relay)
                    .onFailure(failure -> answer.fail(String.valueOf(failure.getMessage())));
        }

        private void relay(HttpClientResponse incoming) {
            response = incoming;
            HttpPart.Builder first = HttpPart.newBuilder().setStatus(incoming.statusCode());
            incoming.headers().forEach(header -> {
                if (!HopByHop.is(header.getKey())) {
                    first.addHeaders(
                            HttpHeader.newBuilder().setName(header.getKey()).setValue(header.getValue()));
                }
            });
            answer.part(first.build());
            incoming.handler(chunk -> {
                        answer.part(HttpPart.newBuilder()
                                .setBody(UnsafeByteOperations.unsafeWrap(chunk.getBytes()))
                                .build());
                        if (!answer.isReady()) {
                            incoming.pause();
                            if (answer.isReady()) {
                                incoming.resume();
                            }
                        }
                    })
                    .exceptionHandler(failure -> answer.fail(String.valueOf(failure.getMessage())))
                    .endHandler(ignored -> answer.end());
        }
    }
}
