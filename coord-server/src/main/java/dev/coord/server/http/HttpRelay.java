package dev.coord.server.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpHeader;
import dev.coord.api.raft.v1.HttpPart;
import dev.coord.server.command.ForwardedHttp;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;
import java.util.function.Supplier;

/**
 * On an agent: hands a request to a server as it came, and its answer to the client as it comes. A client that reads slowly
 * slows the server down, by one part.
 */
public final class HttpRelay implements Handler {

    /** The largest body that is handed on, bytes: it travels in one message. */
    static final int BODY_BYTES_MAX = 7 * 1024 * 1024;

    private static final Set<HttpMethod> REPEATABLE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final ForwardedHttp.Caller servers;
    private final String node;
    private final Supplier<String> tokenIfNone;

    /**
     * @param node this agent's, which counts where a request names none
     * @param tokenIfNone the secret for requests that show none; empty: the server decides
     */
    public HttpRelay(ForwardedHttp.Caller servers, String node, Supplier<String> tokenIfNone) {
        this.servers = servers;
        this.node = node;
        this.tokenIfNone = tokenIfNone;
    }

    @Override
    public void handle(Exchange exchange) {
        exchange.body(BODY_BYTES_MAX, body -> handOn(exchange, body));
    }

    /** The same with a body that was read already. */
    void handOn(Exchange exchange, Buffer body) {
        HttpServerRequest request = exchange.request();
        HttpCall.Builder call = HttpCall.newBuilder()
                .setMethod(request.method().name())
                .setUri(request.uri())
                .setBody(UnsafeByteOperations.unsafeWrap(body.getBytes()))
                .setAgentNode(node);
        request.headers().forEach(header -> {
            if (!HopByHop.is(header.getKey())) {
                call.addHeaders(HttpHeader.newBuilder().setName(header.getKey()).setValue(header.getValue()));
            }
        });
        if (RequestToken.of(exchange).isEmpty() && !tokenIfNone.get().isEmpty()) {
            call.addHeaders(header(Headers.TOKEN, tokenIfNone.get()));
        }
        servers.call(call.build(), REPEATABLE.contains(request.method()), new Answering(exchange));
    }

    /** A read of ours in the place of a client's, by the token of that client's request. */
    HttpCall read(String uri, String secret) {
        HttpCall.Builder call = HttpCall.newBuilder()
                .setMethod(HttpMethod.GET.name())
                .setUri(uri)
                .setAgentNode(node);
        if (!secret.isEmpty()) {
            call.addHeaders(header(Headers.TOKEN, secret));
        }
        return call.build();
    }

    /** The secret of the token that counts for a request; empty: the server decides. */
    String secretOf(Exchange exchange) {
        String shown = RequestToken.of(exchange);
        return shown.isEmpty() ? tokenIfNone.get() : shown;
    }

    private static HttpHeader header(CharSequence name, String value) {
        return HttpHeader.newBuilder().setName(name.toString()).setValue(value).build();
    }

    /** Everything happens on the exchange's event loop. */
    private static final class Answering implements ForwardedHttp.Receiver {

        private final Exchange exchange;
        private final HttpServerResponse response;
        private Runnable next = () -> {};
        private boolean begun;

        Answering(Exchange exchange) {
            this.exchange = exchange;
            this.response = exchange.request().response();
        }

        @Override
        public void begin(Runnable more, Runnable cancel) {
            next = more;
            exchange.onGone(cancel);
        }

        @Override
        public void part(HttpPart part) {
            exchange.later(() -> write(part));
        }

        private void write(HttpPart part) {
            if (response.closed()) {
                return;
            }
            if (!begun) {
                begun = true;
                response.setStatusCode(part.getStatus());
                part.getHeadersList().forEach(header -> response.headers().add(header.getName(), header.getValue()));
                response.setChunked(!response.headers().contains("Content-Length"));
            }
            ByteString body = part.getBody();
            if (!body.isEmpty()) {
                var unused = response.write(Buffer.buffer(body.toByteArray()));
            }
            if (response.writeQueueFull()) {
                response.drainHandler(ignored -> next.run());
            } else {
                next.run();
            }
        }

        @Override
        public void end() {
            exchange.later(() -> {
                if (!response.ended() && !response.closed()) {
                    var unused = response.end();
                }
            });
        }

        @Override
        public void failed(String why) {
            exchange.later(() -> {
                if (begun) {
                    // Half an answer must not look like a whole one.
                    var unused = exchange.request().connection().close();
                } else {
                    exchange.fail(HttpError.internal(why));
                }
            });
        }
    }
}
