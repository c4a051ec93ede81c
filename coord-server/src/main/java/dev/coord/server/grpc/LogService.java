package dev.coord.server.grpc;

import dev.coord.api.v1.CompactLogRequest;
import dev.coord.api.v1.CompactLogResponse;
import dev.coord.api.v1.LogGrpc;
import dev.coord.api.v1.LogStatusRequest;
import dev.coord.api.v1.LogStatusResponse;
import dev.coord.api.v1.StartShadowRequest;
import dev.coord.api.v1.StartShadowResponse;
import dev.coord.api.v1.StopBesideRequest;
import dev.coord.api.v1.StopBesideResponse;
import dev.coord.api.v1.TakeOverLogRequest;
import dev.coord.api.v1.TakeOverLogResponse;
import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Permission;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView;
import dev.coord.server.log.BuildOutcome;
import dev.coord.server.log.LogOperationException;
import dev.coord.server.log.LogOperations;
import dev.coord.wal.LogException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code coord.v1.Log}. Handlers run on the pool, for the figures of a log may be a look at the disk.
 *
 * <p>Until the server has opened its log everything is UNAVAILABLE.
 */
final class LogService extends LogGrpc.LogImplBase {

    private final Supplier<@Nullable LogOperations> log;
    private final Reads reads;
    private final ClusterView view;
    private final WorkPool pool;

    LogService(Supplier<@Nullable LogOperations> log, Reads reads, ClusterView view, WorkPool pool) {
        this.log = log;
        this.reads = reads;
        this.view = view;
        this.pool = pool;
    }

    @Override
    public void status(LogStatusRequest request, StreamObserver<LogStatusResponse> out) {
        if (!allowed(out, Permission.READ)) {
            return;
        }
        answer(out, operations -> LogMessages.status(view.self().name(), operations.status()));
    }

    @Override
    public void compact(CompactLogRequest request, StreamObserver<CompactLogResponse> out) {
        if (!allowed(out, Permission.WRITE)) {
            return;
        }
        answer(out, operations -> {
            CompletableFuture<BuildOutcome> unused = operations.compact();
            return CompactLogResponse.getDefaultInstance();
        });
    }

    @Override
    public void startShadow(StartShadowRequest request, StreamObserver<StartShadowResponse> out) {
        if (!allowed(out, Permission.WRITE)) {
            return;
        }
        answer(out, operations -> {
            CompletableFuture<BuildOutcome> unused = operations.startShadow(request.getBackend());
            return StartShadowResponse.getDefaultInstance();
        });
    }

    @Override
    public void stopBeside(StopBesideRequest request, StreamObserver<StopBesideResponse> out) {
        if (!allowed(out, Permission.WRITE)) {
            return;
        }
        answer(out, operations -> {
            operations.stop();
            return StopBesideResponse.getDefaultInstance();
        });
    }

    /** The one call that waits: not a thread, but for the builder's. */
    @Override
    public void takeOver(TakeOverLogRequest request, StreamObserver<TakeOverLogResponse> out) {
        if (!allowed(out, Permission.WRITE)) {
            return;
        }
        answerLater(out, operations -> operations.takeOver().thenApply(done -> TakeOverLogResponse.newBuilder()
                .setBackend(operations.backend())
                .build()));
    }

    /** The log is the operator's. False: the refusal was sent. */
    private boolean allowed(StreamObserver<?> out, Permission needed) {
        try {
            Caller.current().in(reads.latest()).require(Resource.OPERATOR, needed);
            return true;
        } catch (AccessException refused) {
            out.onError(Statuses.of(refused));
            return false;
        }
    }

    private <T> void answer(StreamObserver<T> out, Function<LogOperations, T> work) {
        answerLater(out, operations -> CompletableFuture.completedFuture(work.apply(operations)));
    }

    private <T> void answerLater(StreamObserver<T> out, Function<LogOperations, CompletableFuture<T>> work) {
        LogOperations operations = log.get();
        if (operations == null) {
            out.onError(Status.UNAVAILABLE
                    .withDescription("this server has not opened its log yet")
                    .asRuntimeException());
            return;
        }
        CompletableFuture<T> unused = CompletableFuture.supplyAsync(() -> operations, pool::execute)
                .thenCompose(work)
                .whenComplete((value, error) -> {
                    if (error == null) {
                        out.onNext(value);
                        out.onCompleted();
                    } else {
                        out.onError(refusal(error));
                    }
                });
    }

    private static StatusRuntimeException refusal(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        if (cause instanceof LogOperationException refused) {
            return Status.FAILED_PRECONDITION
                    .withDescription(refused.getMessage())
                    .asRuntimeException();
        }
        if (cause instanceof LogException closed && closed.kind() == LogException.Kind.CLOSED) {
            return Status.UNAVAILABLE.withDescription("this server is stopping").asRuntimeException();
        }
        return Statuses.of(cause);
    }
}
