package dev.coord.server.grpc;

import dev.coord.api.flagd.sync.v1.FlagSyncServiceGrpc;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.server.limits.Limits;
import dev.coord.server.limits.Limits.Verdict;
import dev.coord.server.limits.WaitingRoom;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks the limits before a call of {@code coord.v1} is served. Refused: {@code RESOURCE_EXHAUSTED} where another server may
 * have room, {@code UNAVAILABLE} where the client must slow down; surely nothing was done. A pipeline asks for each request of
 * its own.
 */
final class Admission implements ServerInterceptor {

    private static final String OURS = "coord.v1.";
    /** Never held up: an operator needs them most under load. */
    private static final List<String> OPERATORS = List.of(OURS + "Log/", OURS + "Rollouts/");

    /** When a client may try again that was beyond its rate. */
    private static final long LIMITED_MILLIS = 1_000;

    private static final String PIPELINE = KVGrpc.getPipelineMethod().getFullMethodName();
    private static final Set<String> WRITES = Set.of(
            KVGrpc.getPutMethod().getFullMethodName(),
            KVGrpc.getDeleteMethod().getFullMethodName(),
            CatalogGrpc.getRegisterMethod().getFullMethodName(),
            CatalogGrpc.getDeregisterMethod().getFullMethodName(),
            SessionsGrpc.getCreateMethod().getFullMethodName(),
            SessionsGrpc.getDestroyMethod().getFullMethodName());

    /** Those who come to watch: let back in at a pace. */
    private static final Set<String> WATCHES = Set.of(
            WatchGrpc.getWatchMethod().getFullMethodName(),
            WatchGrpc.getPollMethod().getFullMethodName(),
            FlagSyncServiceGrpc.getSyncFlagsMethod().getFullMethodName());

    /** Of a connection: the opening of the waiting room at which it was let in. */
    private static final Attributes.Key<AtomicInteger> LET_IN = Attributes.Key.create("coord-let-in");

    private final Limits limits;

    Admission(Limits limits) {
        this.limits = limits;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        if (WATCHES.contains(method)) {
            long millis = enter(call);
            if (millis > 0) {
                call.close(Status.UNAVAILABLE.withDescription(WaitingRoom.message(millis)), Statuses.comeAgain(millis));
                return new ServerCall.Listener<>() {};
            }
        }
        if (!method.startsWith(OURS) || OPERATORS.stream().anyMatch(method::startsWith)) {
            return next.startCall(call, headers);
        }
        if (!method.equals(PIPELINE)) {
            Verdict verdict = WRITES.contains(method) ? limits.write() : limits.read();
            if (verdict != Verdict.ADMITTED) {
                call.close(status(verdict), Statuses.comeAgain(LIMITED_MILLIS));
                return new ServerCall.Listener<>() {};
            }
        }
        return next.startCall(call, headers);
    }

    /** Gives every connection a place to note that it was let in. */
    static ServerTransportFilter doorkeeper() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(LET_IN, new AtomicInteger()).build();
            }
        };
    }

    /** 0: it may watch; else after how many milliseconds to come again. */
    private long enter(ServerCall<?, ?> call) {
        WaitingRoom room = limits.waitingRoom();
        AtomicInteger letIn = call.getAttributes().get(LET_IN);
        long now = limits.now();
        if (letIn == null || !room.isOpen(now) || letIn.get() == room.opening()) {
            return 0;
        }
        long millis = room.enter(now);
        if (millis == 0) {
            letIn.set(room.opening());
        }
        return millis;
    }

    static Status status(Verdict verdict) {
        return (verdict == Verdict.BACK_OFF ? Status.UNAVAILABLE : Status.RESOURCE_EXHAUSTED)
                .withDescription(verdict.message());
    }
}
