package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.tls.PemKey;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the first server of a list that takes one, over TCP, TLS or a unix socket. Any thread may call; calls
 * block. Its event loop belongs to the process and does not hold up its end.
 */
final class HttpTransport implements AutoCloseable {

    /** Beyond what a request itself may wait for. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<HttpTarget> targets;
    private final String serverName;
    private final String token;
    /** Empty: none. */
    private final String basic;

    private final HttpClient client;

    /** One event loop for the process, begun when it is first needed. */
    private static final class Engine {
        static final Vertx VERTX = Vertx.builder()
                .with(new VertxOptions()
                        .setEventLoopPoolSize(1)
                        .setWorkerPoolSize(1)
                        .setInternalBlockingPoolSize(2)
                        .setPreferNativeTransport(true)
                        .setUseDaemonThread(true)
                        .setBlockedThreadCheckInterval(TimeUnit.HOURS.toMillis(1)))
                .build();
    }

    /** What TLS needs; empty: not given. */
    record Tls(String caFile, String caPath, String certFile, String keyFile, String serverName, boolean verify) {}

    /** @param credentials {@code user:password} for a proxy before the server; empty: none */
    HttpTransport(List<HttpTarget> targets, Tls tls, String token, String credentials) {
        this.targets = targets;
        this.serverName = tls.serverName();
        this.token = token;
        this.basic = basic(credentials);
        HttpClientOptions options = new HttpClientOptions()
                .setTrustAll(!tls.verify())
                .setVerifyHost(tls.verify())
                .setDecompressionSupported(true);
        if (targets.stream().anyMatch(HttpTarget::tls)) {
            configure(options, tls);
        }
        client = Engine.VERTX
                .httpClientBuilder()
                .with(options)
                // Who called is told by the request's failure; without a handler the connection would log it, too.
                .withConnectHandler(connection -> connection.exceptionHandler(failure -> {}))
                .build();
    }

    private static String basic(String credentials) {
        if (credentials.isEmpty()) {
            return "";
        }
        String both = credentials.indexOf(':') < 0 ? credentials + ":" : credentials;
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    private static void configure(HttpClientOptions options, Tls tls) {
        try {
            if (!tls.caFile().isEmpty() || !tls.caPath().isEmpty()) {
                PemTrustOptions trust = new PemTrustOptions();
                if (!tls.caFile().isEmpty()) {
                    trust.addCertPath(readable(tls.caFile()));
                } else {
                    try (Stream<Path> files = Files.list(Path.of(tls.caPath()))) {
                        files.filter(Files::isRegularFile).sorted().forEach(file -> trust.addCertPath(file.toString()));
                    }
                }
                options.setTrustOptions(trust);
            }
            if (tls.certFile().isEmpty() != tls.keyFile().isEmpty()) {
                throw new StartupException(
                        ExitCode.USAGE, "-client-cert and -client-key go together: one is not given");
            }
            if (!tls.certFile().isEmpty()) {
                options.setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(readable(tls.certFile()))
                        .addKeyValue(Buffer.buffer(
                                PemKey.read(Path.of(tls.keyFile())).pem())));
            }
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, "a file for TLS can't be read: " + e, e);
        }
    }

    private static String readable(String file) throws IOException {
        if (!Files.isReadable(Path.of(file))) {
            throw new IOException(file);
        }
        return file;
    }

    /** @param waiting what the server may take of itself, for blocking queries */
    HttpAnswer call(String method, String path, @Nullable Buffer body, Duration waiting) {
        return onFirst(
                target -> request(
                        target,
                        method,
                        path,
                        request -> body == null ? request.send() : request.send(body),
                        HttpTransport::whole),
                PATIENCE.plus(waiting));
    }

    /** With headers of its own; gives up after a time that covers all of it. */
    HttpAnswer send(String method, String path, Map<String, List<String>> headers, Buffer body, Duration atMost) {
        return onFirst(
                target -> request(
                        target,
                        method,
                        path,
                        request -> {
                            headers.forEach(request::putHeader);
                            return request.send(body);
                        },
                        HttpTransport::whole),
                atMost);
    }

    /** A blocking query: answers when the index has passed, or after the time. */
    HttpAnswer await(String path, String index, Duration atMost) {
        String waiting =
                HttpConnection.with(HttpConnection.with(path, "index", index), "wait", atMost.toMillis() + "ms");
        // The server may add a sixteenth of it.
        return call("GET", waiting, null, atMost.plus(atMost.dividedBy(8)));
    }

    /** Reads a path. */
    HttpAnswer get(String path) {
        return call("GET", path, null, Duration.ZERO);
    }

    /** Reads a path; gives up after a time that covers all of it. */
    HttpAnswer get(String path, Duration atMost) {
        return onFirst(target -> request(target, "GET", path, HttpClientRequest::send, HttpTransport::whole), atMost);
    }

    /** Sends a file, piece by piece. */
    HttpAnswer upload(String path, Path file, Duration waiting) {
        return onFirst(
                target -> Engine.VERTX
                        .fileSystem()
                        .open(file.toString(), new OpenOptions().setRead(true).setWrite(false))
                        .compose(content ->
                                request(target, "PUT", path, request -> request.send(content), HttpTransport::whole)),
                PATIENCE.plus(waiting));
    }

    /**
     * Hands on a successful answer's bytes as they come, on the event loop; returns when it has ended. Of a refusal the body
     * is in what is returned.
     */
    HttpAnswer download(String path, Consumer<byte[]> sink, Duration waiting) {
        return onFirst(
                target -> request(target, "GET", path, HttpClientRequest::send, response -> {
                    if (response.statusCode() >= 300) {
                        return whole(response);
                    }
                    response.handler(piece -> sink.accept(piece.getBytes()));
                    return response.end().map(end -> answer(response, Buffer.buffer()));
                }),
                waiting);
    }

    private static Future<HttpAnswer> whole(HttpClientResponse response) {
        return response.body().map(bytes -> answer(response, bytes));
    }

    private static HttpAnswer answer(HttpClientResponse response, Buffer body) {
        String index = response.getHeader("X-Consul-Index");
        return new HttpAnswer(response.statusCode(), index == null ? "" : index, body);
    }

    /**
     * The reader is put to the answer on the event loop, right where the request is sent: from another thread it could come
     * after the answer's bytes, and miss them.
     */
    private Future<HttpAnswer> request(
            HttpTarget target,
            String method,
            String path,
            Function<HttpClientRequest, Future<HttpClientResponse>> send,
            Function<HttpClientResponse, Future<HttpAnswer>> read) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(method))
                .setServer(target.socket())
                .setHost(serverName.isEmpty() ? target.host() : serverName)
                .setPort(Math.max(0, target.socket().port()))
                .setSsl(target.tls())
                .setURI(path)
                .setFollowRedirects(false);
        if (!token.isEmpty()) {
            options.putHeader("X-Consul-Token", token);
        }
        if (!basic.isEmpty()) {
            options.putHeader("Authorization", basic);
        }
        return client.request(options).compose(request -> send.apply(request).compose(read));
    }

    private interface Call {
        Future<HttpAnswer> to(HttpTarget target);
    }

    /** Goes to the next only where nothing was sent: no server took the connection. */
    private HttpAnswer onFirst(Call call, Duration atMost) {
        Throwable last = null;
        for (HttpTarget target : targets) {
            try {
                return call.to(target)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                last = e.getCause();
                if (!(last instanceof ConnectException)) {
                    break;
                }
            } catch (TimeoutException e) {
                last = new TimeoutException(String.valueOf(atMost.toSeconds()));
                break;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartupException(ExitCode.UNREACHABLE, "interrupted while waiting for " + names(), e);
            }
        }
        throw new StartupException(
                ExitCode.UNREACHABLE, "no answer from " + names() + ": " + TransportFailure.reason(last), last);
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        var unused = client.close();
    }

    private String names() {
        return String.join(",", targets.stream().map(HttpTarget::text).toList());
    }
}
