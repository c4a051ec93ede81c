package dev.coord.client;

import dev.coord.client.CoordException.Reason;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a failed call means: whether the server may have acted on it, and what to tell the caller. */
final class Failures {

    /** Trailer: why the cluster could not do it. */
    private static final Metadata.Key<String> REASON =
            Metadata.Key.of("coord-reason", Metadata.ASCII_STRING_MARSHALLER);

    /** Trailer of gRPC's own. */
    private static final Metadata.Key<String> PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private static final long COME_AGAIN_MILLIS_MAX = 120_000;

    private Failures() {}

    /** What gRPC and TLS say of bytes that are neither's. */
    private static final List<String> OTHER_PROTOCOL =
            List.of("First received frame was not SETTINGS", "not an SSL/TLS record");

    /** True when something answers at the address, but in another protocol: an HTTP port, or TLS on one side alone. */
    static boolean isOtherProtocol(Status status) {
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            String said = String.valueOf(cause.getMessage());
            if (OTHER_PROTOCOL.stream().anyMatch(said::contains)) {
                return true;
            }
        }
        return false;
    }

    /** For {@link #isOtherProtocol}: another try would fail alike. */
    static CoordException otherProtocol(String what, String address, Status status) {
        return new CoordException(
                Reason.UNAVAILABLE,
                what + " found no server: what answers at " + address + " does not speak gRPC"
                        + "; give a server's gRPC address (ports.grpc, 8502 by default), with https:// where that port has TLS",
                status.getCause());
    }

    /** When a server wants to be asked again, milliseconds; 0: it does not say. */
    static long comeAgainMillis(@Nullable Metadata trailers) {
        String said = trailers == null ? null : trailers.get(PUSHBACK);
        try {
            return said == null ? 0 : Math.min(COME_AGAIN_MILLIS_MAX, Math.max(0, Long.parseLong(said)));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** What may be done about a failure. */
    enum Verdict {
        /** Nothing happened, and another try or server may do better. */
        NOT_EXECUTED,
        /** It may have happened; another try may do better. */
        MAYBE_EXECUTED,
        /** Another try would fail alike. */
        FINAL
    }

    static Verdict verdict(Status status, @Nullable Metadata trailers, boolean sent) {
        String reason = trailers == null ? null : trailers.get(REASON);
        if ("NO_LEADER".equals(reason) || "OVERLOADED".equals(reason) || "STOPPED".equals(reason)) {
            return Verdict.NOT_EXECUTED;
        }
        if ("UNKNOWN_OUTCOME".equals(reason)) {
            return Verdict.MAYBE_EXECUTED;
        }
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> sent ? Verdict.MAYBE_EXECUTED : Verdict.NOT_EXECUTED;
            default -> Verdict.FINAL;
        };
    }

    static CoordException exception(
            String what, String address, Status status, Verdict verdict, String addresses, long deadlineMillis) {
        String said = status.getDescription() == null
                ? status.getCode().name()
                : status.getCode() + ": " + status.getDescription();
        return switch (verdict) {
            case NOT_EXECUTED ->
                status.getCode() == Status.Code.RESOURCE_EXHAUSTED
                        ? new CoordException(
                                Reason.OVERLOADED,
                                what + " was refused within " + deadlineMillis + " ms by " + addresses + ", last by "
                                        + address + " with " + said,
                                status.getCause())
                        : new CoordException(
                                Reason.UNAVAILABLE,
                                what + " found no server to do it within " + deadlineMillis + " ms among " + addresses
                                        + "; nothing happened; last, " + address + " said " + said,
                                status.getCause());
            case MAYBE_EXECUTED ->
                status.getCode() == Status.Code.DEADLINE_EXCEEDED
                        ? new CoordException(
                                Reason.TIMEOUT,
                                what + " was not answered within " + deadlineMillis + " ms by " + address
                                        + "; a write may have happened: read before you repeat it",
                                status.getCause())
                        : new CoordException(
                                Reason.UNKNOWN_OUTCOME,
                                what + " was under way when " + address + " failed with " + said
                                        + "; it may have happened: read before you repeat it",
                                status.getCause());
            case FINAL ->
                new CoordException(
                        reason(status.getCode()), what + " failed at " + address + " with " + said, status.getCause());
        };
    }

    private static Reason reason(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, OUT_OF_RANGE -> Reason.INVALID;
            case NOT_FOUND -> Reason.NOT_FOUND;
            case FAILED_PRECONDITION, ABORTED, ALREADY_EXISTS, PERMISSION_DENIED, UNAUTHENTICATED -> Reason.REFUSED;
            case RESOURCE_EXHAUSTED -> Reason.OVERLOADED;
            default -> Reason.INTERNAL;
        };
    }
}
