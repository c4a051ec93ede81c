package dev.coord.server.http;

import java.util.List;

/**
 * How the HTTP API listens and what it holds clients to.
 *
 * @param bindAddresses host names or IP addresses; at least one
 * @param port 0: any free one
 * @param eventLoops how many event loops accept connections; more than Vert.x has are of no use
 * @param connectionsMax one more is closed at once, with a line in the log
 */
public record HttpOptions(List<String> bindAddresses, int port, int eventLoops, int connectionsMax) {

    /** The longest request line, bytes: a key of 16 kB with every byte percent-encoded, and room for a query. */
    static final int REQUEST_LINE_BYTES_MAX = 64 * 1024;
    /** The longest headers of a request, all together, bytes. */
    static final int HEADER_BYTES_MAX = 64 * 1024;
    /** The largest body of a request that is not a value, bytes. */
    static final int BODY_BYTES_MAX = 1024 * 1024;
    /** So much of a body that is too large is read and thrown away, so that the client sees the answer, bytes. */
    static final int DRAIN_BYTES_MAX = 16 * 1024 * 1024;
    /** A connection on which nothing moved for so long is closed; longer than any blocking query. */
    static final int IDLE_SECONDS_MAX = 15 * 60;
    /** Answers from this size on are compressed when the client asks for it, bytes. */
    static final int GZIP_BYTES_MIN = 1024;

    /** Connections when nothing else is said. */
    public static final int CONNECTIONS_MAX_DEFAULT = 20_000;

    public HttpOptions {
        bindAddresses = List.copyOf(bindAddresses);
        if (bindAddresses.isEmpty()) {
            throw new IllegalArgumentException("no address to listen on for HTTP");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("HTTP port " + port + " is not between 0 and 65535");
        }
        if (eventLoops < 1) {
            throw new IllegalArgumentException("eventLoops " + eventLoops + " is below 1");
        }
        if (connectionsMax < 1) {
            throw new IllegalArgumentException("connectionsMax " + connectionsMax + " is below 1");
        }
    }

    /** One address, the default limits, an event loop for each processor. */
    public static HttpOptions on(String address, int port) {
        return new HttpOptions(
                List.of(address), port, Runtime.getRuntime().availableProcessors(), CONNECTIONS_MAX_DEFAULT);
    }
}
