package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.CheckOutput;
import dev.coord.server.lease.ServerNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Probes over HTTP and TCP. Every try opens its own connection: whether one can be opened is part of the question. A response
 * is read up to {@link #BODY_BYTES_MAX} bytes, then cut off.
 */
public final class VertxProbe implements Probe {

    /** How long a try takes at most when the check does not say, milliseconds. */
    static final long TIMEOUT_MILLIS_DEFAULT = 10_000;
    /** How much of a response is kept, bytes; the rest is not waited for. */
    static final int BODY_BYTES_MAX = 4 * 1024;
    /** How many connections may be open to one address at once; tries beyond it wait and may time out. */
    private static final int CONNECTIONS_AN_ADDRESS_MAX = 64;

    /** How long a connection may take to open, whatever the check's timeout, milliseconds. */
    private static final int CONNECT_MILLIS_MAX = 10_000;

    private final HttpClientAgent strict;
    private final HttpClientAgent lenient;
    private final NetClient tcp;

    /** Uses the Vert.x that it is given, and does not close it. */
    public VertxProbe(Vertx vertx) {
        this.strict = httpClient(vertx, false);
        this.lenient = httpClient(vertx, true);
        this.tcp = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS_MAX));
    }

    private static HttpClientAgent httpClient(Vertx vertx, boolean trustAll) {
        HttpClientOptions options = new HttpClientOptions()
                .setKeepAlive(false)
                .setConnectTimeout(CONNECT_MILLIS_MAX)
                .setTrustAll(trustAll)
                .setVerifyHost(!trustAll)
                .setDecompressionSupported(false);
        return vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(CONNECTIONS_AN_ADDRESS_MAX));
    }

    @Override
    public CompletableFuture<Outcome> run(CheckDefinition check) {
        Future<Outcome> outcome;
        try {
            outcome = check.http().isEmpty() ? tcp(check) : http(check);
        } catch (RuntimeException e) {
            outcome = Future.failedFuture(e);
        }
        String what = check.http().isEmpty() ? "dial tcp " + check.tcp() : method(check) + " " + check.http();
        return outcome.timeout(timeoutMillis(check), TimeUnit.MILLISECONDS)
                .otherwise(failure -> new Outcome(
                        CheckStatus.CRITICAL, CheckOutput.limited(what + ": " + reason(failure, timeoutMillis(check)))))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private static String reason(Throwable failure, long timeoutMillis) {
        if (failure instanceof TimeoutException) {
            return "no answer within " + timeoutMillis + " ms";
        }
        Throwable cause = failure.getCause() instanceof IOException inner ? inner : failure;
        String message = cause.getMessage();
        if (cause instanceof ConnectException || (message != null && message.contains("refused"))) {
            return "connect: connection refused";
        }
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static long timeoutMillis(CheckDefinition check) {
        return check.timeoutMillis() > 0 ? check.timeoutMillis() : TIMEOUT_MILLIS_DEFAULT;
    }

    private static String method(CheckDefinition check) {
        return check.method().isEmpty() ? "GET" : check.method();
    }

    private Future<Outcome> tcp(CheckDefinition check) {
        String address = check.tcp();
        return tcp.connect(ServerNode.port(address), ServerNode.host(address))
                .compose(socket -> socket.close().otherwiseEmpty())
                .map(ignored -> new Outcome(CheckStatus.PASSING, "TCP connect " + address + ": Success"));
    }

    private Future<Outcome> http(CheckDefinition check) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(method(check)))
                .setAbsoluteURI(check.http())
                .setFollowRedirects(true)
                .putHeader("User-Agent", "Consul Health Check")
                .putHeader("Accept", "text/plain, text/*, */*");
        check.header().forEach((name, values) -> options.putHeader(name, List.<CharSequence>copyOf(values)));
        return (check.tlsSkipVerify() ? lenient : strict).request(options).compose(request -> request.send(
                        Buffer.buffer(check.body()))
                .compose(response -> read(check, request, response))
                .timeout(timeoutMillis(check), TimeUnit.MILLISECONDS)
                .onFailure(ignored -> request.reset()));
    }

    private static Future<Outcome> read(CheckDefinition check, HttpClientRequest request, HttpClientResponse response) {
        Promise<Buffer> body = Promise.promise();
        Buffer kept = Buffer.buffer();
        response.exceptionHandler(body::tryFail)
                .endHandler(ignored -> body.tryComplete(kept))
                .handler(chunk -> {
                    kept.appendBuffer(chunk, 0, Math.min(chunk.length(), BODY_BYTES_MAX - kept.length()));
                    if (kept.length() == BODY_BYTES_MAX && body.tryComplete(kept)) {
                        var unused = request.reset();
                    }
                });
        return body.future()
                .map(bytes -> new Outcome(
                        status(response.statusCode()),
                        CheckOutput.limited(String.format(
                                Locale.ROOT,
                                "HTTP %s %s: %d %s Output: %s",
                                method(check),
                                check.http(),
                                response.statusCode(),
                                response.statusMessage(),
                                bytes))));
    }

    /** As Consul judges them: a server that asks to slow down is up, but not well. */
    static CheckStatus status(int httpStatus) {
        if (httpStatus >= 200 && httpStatus <= 299) {
            return CheckStatus.PASSING;
        }
        return httpStatus == 429 ? CheckStatus.WARNING : CheckStatus.CRITICAL;
    }

    @Override
    public void close() {
        var unusedStrict = strict.close();
        var unusedLenient = lenient.close();
        var unusedTcp = tcp.close();
    }
}
