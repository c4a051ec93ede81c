package dev.coord.server.grpc;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How the gRPC API is served. Immutable.
 *
 * @param addresses where; at least one
 * @param admission what clients are held to, whichever protocol they speak
 */
public record GrpcOptions(List<Address> addresses, Limits limits, dev.coord.server.limits.Limits admission) {

    public GrpcOptions {
        addresses = List.copyOf(addresses);
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(admission, "admission");
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no address to listen on for gRPC");
        }
    }

    /** On one address; clients are held to the defaults. */
    public GrpcOptions(String bindAddress, int port, @Nullable Tls tls, Limits limits) {
        this(List.of(new Address(bindAddress, port, tls)), limits, dev.coord.server.limits.Limits.defaults());
    }

    /** Plain text with the default limits. */
    public static GrpcOptions plain(String bindAddress, int port) {
        return new GrpcOptions(bindAddress, port, null, Limits.defaults());
    }

    /**
     * One address that is listened on.
     *
     * @param host not null; {@code 0.0.0.0} for all
     * @param port 0: any free one, see {@link GrpcApi#port()}
     * @param tls null: plain text
     */
    public record Address(String host, int port, @Nullable Tls tls) {
        public Address {
            Objects.requireNonNull(host, "host");
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("gRPC port " + port + " is not within 0 to 65535");
            }
        }
    }

    /**
     * PEM files.
     *
     * @param certificateChain the server's certificate, then those that signed it
     * @param privateKey PKCS#8, not encrypted
     * @param clientAuthorities who signs clients' certificates; null: clients need none
     */
    public record Tls(
            Path certificateChain,
            Path privateKey,
            @Nullable Path clientAuthorities) {}

    /**
     * What one client, or all together, may take.
     *
     * @param callsPerConnectionMax calls and streams open at once on one connection; more wait at the client
     * @param pipelineInFlightMax requests of one pipeline that are not answered yet; the stream is not read beyond
     * @param pipelineBytesMax bytes of these requests, likewise; the last one may go over
     * @param pooledReadsMax lists and polls waiting or running at once, of all clients; more are refused
     * @param listBytesMax bytes of keys and values after which a page of a list ends
     * @param pollBytesMax bytes of items that the answer to one poll may hold; a larger one is refused
     * @param snapshotFrameBytesMax bytes of items after which a frame of a watch's snapshot ends
     * @param snapshotTimeout how long a client may take to receive a snapshot, for the state it is sent from is kept in
     *     memory; longer ends the watch
     * @param bookmarkInterval after which a watch that had nothing to tell sends a bookmark; stretched where there are so
     *     many watches that all together would send more than {@link #BOOKMARKS_PER_SECOND_MAX}
     */
    public record Limits(
            int callsPerConnectionMax,
            int pipelineInFlightMax,
            int pipelineBytesMax,
            int pooledReadsMax,
            int listBytesMax,
            int pollBytesMax,
            int snapshotFrameBytesMax,
            Duration snapshotTimeout,
            Duration bookmarkInterval) {

        /** What idle watches may cost. */
        public static final int BOOKMARKS_PER_SECOND_MAX = 2_000;

        /** How long a watch that has nothing to tell stays silent, nanoseconds, where so many are open. */
        long bookmarkNanos(int watches) {
            return Math.max(
                    bookmarkInterval.toNanos(), Duration.ofSeconds(1).toNanos() / BOOKMARKS_PER_SECOND_MAX * watches);
        }

        public static Limits defaults() {
            return new Limits(
                    10_000,
                    512,
                    4 << 20,
                    1_024,
                    2 << 20,
                    16 << 20,
                    128 << 10,
                    Duration.ofSeconds(120),
                    Duration.ofSeconds(5));
        }

        public Limits withBookmarkInterval(Duration interval) {
            return new Limits(
                    callsPerConnectionMax,
                    pipelineInFlightMax,
                    pipelineBytesMax,
                    pooledReadsMax,
                    listBytesMax,
                    pollBytesMax,
                    snapshotFrameBytesMax,
                    snapshotTimeout,
                    interval);
        }
    }
}
