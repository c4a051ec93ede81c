package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.CheckOutput;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks {@code grpc.health.v1.Health}. Every try opens its own connection: whether one can be opened is part of the question.
 */
final class GrpcProbe implements Probe {

    /** How long a try takes at most when the check does not say, milliseconds. */
    static final long TIMEOUT_MILLIS_DEFAULT = 10_000;

    @Override
    public CompletableFuture<Outcome> run(CheckDefinition check) {
        String target = check.grpc();
        int slash = target.indexOf('/');
        String address = slash < 0 ? target : target.substring(0, slash);
        String service = slash < 0 ? "" : target.substring(slash + 1);
        long timeoutMillis = check.timeoutMillis() > 0 ? check.timeoutMillis() : TIMEOUT_MILLIS_DEFAULT;
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        ManagedChannel channel;
        try {
            channel = Grpc.newChannelBuilder(address, credentials(check))
                    .directExecutor()
                    .build();
        } catch (RuntimeException e) {
            outcome.complete(new Outcome(CheckStatus.CRITICAL, CheckOutput.limited(target + ": " + e.getMessage())));
            return outcome;
        }
        HealthGrpc.newStub(channel)
                .withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
                .check(HealthCheckRequest.newBuilder().setService(service).build(), new StreamObserver<>() {
                    @Override
                    public void onNext(HealthCheckResponse response) {
                        outcome.complete(judge(target, response.getStatus()));
                    }

                    @Override
                    public void onError(Throwable t) {
                        outcome.complete(new Outcome(
                                CheckStatus.CRITICAL,
                                CheckOutput.limited(target + ": " + reason(Status.fromThrowable(t)))));
                    }

                    @Override
                    public void onCompleted() {
                        outcome.complete(new Outcome(CheckStatus.CRITICAL, target + ": no answer"));
                    }
                });
        return outcome.whenComplete((found, failure) -> channel.shutdownNow());
    }

    private static Outcome judge(String target, HealthCheckResponse.ServingStatus status) {
        return status == HealthCheckResponse.ServingStatus.SERVING
                ? new Outcome(CheckStatus.PASSING, "gRPC check " + target + ": success")
                : new Outcome(
                        CheckStatus.CRITICAL,
                        "gRPC application didn't report service healthy (" + target + ": " + status + ")");
    }

    private static String reason(Status status) {
        Throwable cause = status.getCause();
        return status.getCode() + ": " + status.getDescription() + (cause == null ? "" : " (" + cause + ")");
    }

    private static ChannelCredentials credentials(CheckDefinition check) {
        if (!check.agent().grpcTls()) {
            return InsecureChannelCredentials.create();
        }
        return check.tlsSkipVerify()
                ? TlsChannelCredentials.newBuilder()
                        .trustManager(new TrustAnybody())
                        .build()
                : TlsChannelCredentials.create();
    }

    @Override
    public void close() {}
}
