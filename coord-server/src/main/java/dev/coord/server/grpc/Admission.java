package dev.coord.server.grpc;

import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.server.limits.Limits;
import dev.coord.server.limits.Limits.Verdict;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Set;

/**
 * Asks the limits before a call of {@code coord.v1} is served. Refused: {@code RESOURCE_EXHAUSTED} where another server may
 * have room, {@code UNAVAILABLE} where the client must slow down; surely nothing was done. A pipeline asks for each request of
 * its own.
 */
final class Admission implements ServerInterceptor {

    private static final String OURS = "coord.v1.";
    /** Never held up: an operator needs it most under load. */
    private static final String OPERATORS = OURS + "Log/";

    private static final String PIPELINE = KVGrpc.getPipelineMethod().getFullMethodName();
    private static final Set<String> WRITES = Set.of(
            KVGrpc.getPutMethod().getFullMethodName(),
            KVGrpc.getDeleteMethod().getFullMethodName(),
            CatalogGrpc.getRegisterMethod().getFullMethodName(),
            CatalogGrpc.getDeregisterMethod().getFullMethodName(),
            SessionsGrpc.getCreateMethod().getFullMethodName(),
            SessionsGrpc.getDestroyMethod().getFullMethodName());

    private final Limits limits;

    Admission(Limits limits) {
        this.limits = limits;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        if (!method.startsWith(OURS) || method.startsWith(OPERATORS)) {
            return next.startCall(call, headers);
        }
        if (!method.equals(PIPELINE)) {
            Verdict verdict = WRITES.contains(method) ? limits.write() : limits.read();
            if (verdict != Verdict.ADMITTED) {
                call.close(status(verdict), new Metadata());
                return new ServerCall.Listener<>() {};
            }
        }
        return next.startCall(call, headers);
    }

    static Status status(Verdict verdict) {
        return (verdict == Verdict.BACK_OFF ? Status.UNAVAILABLE : Status.RESOURCE_EXHAUSTED)
                .withDescription(verdict.message());
    }
}
