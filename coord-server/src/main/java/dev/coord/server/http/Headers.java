package dev.coord.server.http;

import io.vertx.core.http.HttpHeaders;

/** Header names and values that are sent with every other answer. */
final class Headers {

    static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("Retry-After");
    static final CharSequence INDEX = HttpHeaders.createOptimized("X-Consul-Index");
    static final CharSequence KNOWN_LEADER = HttpHeaders.createOptimized("X-Consul-KnownLeader");
    static final CharSequence LAST_CONTACT = HttpHeaders.createOptimized("X-Consul-LastContact");
    static final CharSequence TOKEN = HttpHeaders.createOptimized("X-Consul-Token");
    static final CharSequence AUTHORIZATION = HttpHeaders.AUTHORIZATION;
    static final CharSequence WATCH = HttpHeaders.createOptimized("X-Coord-Watch");
    static final CharSequence STREAM = HttpHeaders.createOptimized("stream");
    static final CharSequence POLL = HttpHeaders.createOptimized("poll");
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain; charset=utf-8");
    static final CharSequence PLAIN = HttpHeaders.createOptimized("text/plain");
    static final CharSequence CACHE = HttpHeaders.createOptimized("X-Cache");
    static final CharSequence HIT = HttpHeaders.createOptimized("HIT");
    static final CharSequence MISS = HttpHeaders.createOptimized("MISS");
    static final CharSequence GZIP = HttpHeaders.createOptimized("gzip");
    static final CharSequence TRUE = HttpHeaders.createOptimized("true");
    static final CharSequence FALSE = HttpHeaders.createOptimized("false");
    static final CharSequence ZERO = HttpHeaders.createOptimized("0");

    private Headers() {}
}
