package dev.coord.server.http;

import dev.coord.server.limits.LimitSettings;
import dev.coord.server.limits.Limits;
import java.util.List;

/**
 * How the HTTP API listens and what it holds clients to.
 *
 * @param addresses at least one
 * @param eventLoops how many event loops accept connections; more than Vert.x has are of no use
 * @param limits asked for each connection and request
 */
public record HttpOptions(List<HttpAddress> addresses, int eventLoops, Limits limits) {

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
    public static final int CONNECTIONS_MAX_DEFAULT = LimitSettings.CONNECTIONS_MAX_DEFAULT;

    public HttpOptions {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no address to listen on for HTTP");
        }
        if (eventLoops < 1) {
            throw new IllegalArgumentException("eventLoops " + eventLoops + " is below 1");
        }
    }

    /** Plain, on one port of some addresses, with a limit of connections alone. */
    public HttpOptions(List<String> bindAddresses, int port, int eventLoops, int connectionsMax) {
        this(
                bindAddresses.stream()
                        .map(address -> HttpAddress.plain(address, port))
                        .toList(),
                eventLoops,
                new Limits(LimitSettings.defaults().withConnectionsMax(connectionsMax), () -> true, System::nanoTime));
    }

    /** One address, the default limits, an event loop for each processor. */
    public static HttpOptions on(String address, int port) {
        return new HttpOptions(
                List.of(address), port, Runtime.getRuntime().availableProcessors(), CONNECTIONS_MAX_DEFAULT);
    }
}
