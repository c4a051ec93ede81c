package dev.coord.server.http;

import dev.coord.server.command.SecretDigest;
import dev.coord.server.http.CachedRead.Found;
import dev.coord.server.http.CachedRead.Wanted;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** On an agent: answers reads with {@code ?cached} out of {@link ReadCache}, and hands everything else on. */
final class CachedRelay implements Handler {

    /** Paths of the reads that Consul's agents keep up to date and that have an index to wait by. */
    private static final List<String> PATHS =
            List.of("/v1/health/service/", "/v1/catalog/service/", "/v1/catalog/services");

    /** They say how to ask, not what for. */
    private static final Set<String> OF_ASKING = Set.of("index", "wait", "cached", "token");

    private final ReadCache cache;
    private final HttpRelay relay;

    CachedRelay(ReadCache cache, HttpRelay relay) {
        this.cache = cache;
        this.relay = relay;
    }

    @Override
    public void handle(Exchange exchange) {
        if (isKept(exchange)) {
            exchange.body(
                    HttpRelay.BODY_BYTES_MAX, body -> exchange.whenTokenKnown(() -> answerFromCache(exchange, body)));
        } else {
            relay.handle(exchange);
        }
    }

    private static boolean isKept(Exchange exchange) {
        return exchange.request().method().equals(HttpMethod.GET)
                && exchange.options().cached()
                && PATHS.stream().anyMatch(exchange.path()::startsWith);
    }

    private void answerFromCache(Exchange exchange, Buffer body) {
        String request = exchange.path() + parameters(exchange);
        String secret = relay.secretOf(exchange);
        ReadCache.Key key = new ReadCache.Key(request, SecretDigest.of(secret), exchange.authorizer());
        CachedRead read = cache.of(
                key,
                exchange.context().unwrap(),
                (index, seconds) -> relay.read(index == 0 ? request : waiting(request, index, seconds), secret));
        if (read == null) {
            relay.handOn(exchange, body);
            return;
        }
        QueryOptions options = exchange.options();
        CompletableFuture<Optional<Found>> asked = read.ask(new Wanted(
                CacheControl.of(exchange.header(HttpHeaders.CACHE_CONTROL)), options.index(), options.waitMillis()));
        exchange.onGone(() -> asked.cancel(false));
        exchange.await(
                asked,
                found -> found.ifPresentOrElse(there -> answer(exchange, there), () -> relay.handOn(exchange, body)));
    }

    /** In an order of ours, so that the same question is the same text. */
    private static String parameters(Exchange exchange) {
        return exchange.query().entries().stream()
                .filter(parameter -> !OF_ASKING.contains(parameter.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .map(parameter -> encoded(parameter.getKey()) + "=" + encoded(parameter.getValue()))
                .collect(Collectors.joining("&", "?", ""));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String waiting(String request, long index, int seconds) {
        return request + "&index=" + Long.toUnsignedString(index) + "&wait=" + seconds + "s";
    }

    private static void answer(Exchange exchange, Found found) {
        exchange.header(Headers.CACHE, found.hit() ? Headers.HIT : Headers.MISS);
        if (found.hit()) {
            exchange.header(HttpHeaders.AGE, Long.toString(found.ageSeconds()));
        }
        exchange.header(Headers.INDEX, Long.toUnsignedString(found.kept().index()));
        exchange.header(Headers.KNOWN_LEADER, found.kept().knownLeader());
        exchange.header(Headers.LAST_CONTACT, found.kept().lastContact());
        exchange.answer(found.kept().answer());
    }
}
