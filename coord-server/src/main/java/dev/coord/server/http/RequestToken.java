package dev.coord.server.http;

import org.jspecify.annotations.Nullable;

/** Where a client puts its token: {@code ?token=}, {@code X-Consul-Token}, {@code Authorization: Bearer}, in this order. */
final class RequestToken {

    private static final String BEARER = "bearer ";

    private RequestToken() {}

    /** Empty when there is none. */
    static String of(Exchange exchange) {
        String token = exchange.parameter("token");
        if (token == null || token.isEmpty()) {
            token = exchange.header(Headers.TOKEN);
        }
        if (token == null || token.isEmpty()) {
            token = bearer(exchange.header(Headers.AUTHORIZATION));
        }
        return token;
    }

    private static String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : "";
    }
}
