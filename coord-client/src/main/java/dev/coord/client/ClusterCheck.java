package dev.coord.client;

import dev.coord.api.v1.CheckDefinition;
import java.time.Duration;

/**
 * A check that the servers of the cluster run in turn, see {@link CoordClient#registerHeld}. Immutable.
 *
 * @param target a URL for HTTP; host:port for TCP; host:port or host:port/service for gRPC, without TLS
 * @param interval at least one second
 * @param timeout when a try counts as failed
 */
public record ClusterCheck(Kind kind, String target, Duration interval, Duration timeout) {

    private static final Duration INTERVAL_DEFAULT = Duration.ofSeconds(10);
    private static final Duration INTERVAL_MIN = Duration.ofSeconds(1);

    /** How a check finds out. */
    public enum Kind {
        /** Passing on a 2xx answer, warning on 429, else critical. */
        HTTP,
        /** Passing when a connection can be opened. */
        TCP,
        /** Asks {@code grpc.health.v1.Health}. */
        GRPC
    }

    public ClusterCheck {
        if (target.isEmpty()) {
            throw new IllegalArgumentException("A check needs a target");
        }
        if (interval.compareTo(INTERVAL_MIN) < 0) {
            throw new IllegalArgumentException("An interval of " + interval.toMillis() + " ms is below the limit of "
                    + INTERVAL_MIN.toMillis() + " ms");
        }
        CoordClient.requirePositive("timeout", timeout);
    }

    /** Every 10 s, with a timeout of 10 s; so are the other two. */
    public static ClusterCheck http(String url) {
        return of(Kind.HTTP, url);
    }

    public static ClusterCheck tcp(String hostAndPort) {
        return of(Kind.TCP, hostAndPort);
    }

    public static ClusterCheck grpc(String hostPortAndService) {
        return of(Kind.GRPC, hostPortAndService);
    }

    private static ClusterCheck of(Kind kind, String target) {
        return new ClusterCheck(kind, target, INTERVAL_DEFAULT, INTERVAL_DEFAULT);
    }

    public ClusterCheck every(Duration newInterval) {
        return new ClusterCheck(kind, target, newInterval, timeout);
    }

    public ClusterCheck within(Duration newTimeout) {
        return new ClusterCheck(kind, target, interval, newTimeout);
    }

    CheckDefinition definition(Duration deregisterAfter) {
        CheckDefinition.Builder definition = CheckDefinition.newBuilder()
                .setIntervalMs(interval.toMillis())
                .setTimeoutMs(timeout.toMillis())
                .setDeregisterCriticalServiceAfterMs(deregisterAfter.toMillis());
        return switch (kind) {
            case HTTP -> definition.setHttp(target).build();
            case TCP -> definition.setTcp(target).build();
            case GRPC -> definition.setGrpc(target).build();
        };
    }
}
