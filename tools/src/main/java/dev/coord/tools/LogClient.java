package dev.coord.tools;

import dev.coord.api.v1.CompactLogRequest;
import dev.coord.api.v1.LogBeside;
import dev.coord.api.v1.LogGrpc;
import dev.coord.api.v1.LogOutcome;
import dev.coord.api.v1.LogPhase;
import dev.coord.api.v1.LogResult;
import dev.coord.api.v1.LogStatusRequest;
import dev.coord.api.v1.LogStatusResponse;
import dev.coord.api.v1.StartShadowRequest;
import dev.coord.api.v1.StopBesideRequest;
import dev.coord.api.v1.TakeOverLogRequest;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code coord.v1.Log} of one server. One thread. Failures are {@link StartupException}s with one line for the user. */
final class LogClient implements AutoCloseable {

    /** What gRPC says of an answer that is not HTTP/2. */
    private static final String OTHER_PROTOCOL = "http2 exception";

    private static final long LOOK_MILLIS = 200;
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** To take over may have to wait until the shadow has caught up. */
    private static final long TAKE_OVER_MINUTES = 10;

    private final String address;
    private final long timeoutSeconds;
    private final ManagedChannel connection;
    private final Channel channel;

    /** How it ended. */
    record Ended(LogOutcome outcome) {
        boolean tookOver() {
            return outcome.getResult() == LogResult.LOG_RESULT_TOOK_OVER;
        }
    }

    LogClient(Connection server) {
        address = server.onlyAddress();
        timeoutSeconds = server.timeout().toSeconds();
        connection = Grpc.newChannelBuilder(address, server.credentials()).build();
        channel = withToken(connection, server.token());
    }

    private static Channel withToken(Channel channel, @Nullable String token) {
        if (token == null) {
            return channel;
        }
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER), token);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private LogGrpc.LogBlockingStub stub(long deadlineSeconds) {
        return LogGrpc.newBlockingStub(channel).withDeadlineAfter(deadlineSeconds, TimeUnit.SECONDS);
    }

    LogStatusResponse status() {
        return call(() -> stub(timeoutSeconds).status(LogStatusRequest.getDefaultInstance()));
    }

    void compact() {
        call(() -> stub(timeoutSeconds).compact(CompactLogRequest.getDefaultInstance()));
    }

    void startShadow(String backend) {
        call(() -> stub(timeoutSeconds)
                .startShadow(StartShadowRequest.newBuilder().setBackend(backend).build()));
    }

    void stop() {
        call(() -> stub(timeoutSeconds).stopBeside(StopBesideRequest.getDefaultInstance()));
    }

    void takeOver() {
        call(() ->
                stub(TimeUnit.MINUTES.toSeconds(TAKE_OVER_MINUTES)).takeOver(TakeOverLogRequest.getDefaultInstance()));
    }

    /** Returns when what is being built holds what the log holds, or has ended. */
    void awaitFollowing(Consumer<String> reports) {
        awaitWhile(
                beside -> beside.getPhase() == LogPhase.LOG_PHASE_COPYING
                        || beside.getPhase() == LogPhase.LOG_PHASE_COMPARING,
                reports);
    }

    /** Waits until nothing is being built. */
    Ended awaitEnd(Consumer<String> reports) {
        LogStatusResponse last = awaitWhile(beside -> true, reports);
        if (last.getOutcomesCount() == 0) {
            throw new StartupException(
                    ExitCode.FAILED, address + ": nothing was built, or the server was started anew");
        }
        return new Ended(last.getOutcomes(0));
    }

    private interface Condition {
        boolean holds(LogBeside beside);
    }

    private LogStatusResponse awaitWhile(Condition condition, Consumer<String> reports) {
        long reported = System.nanoTime();
        while (true) {
            LogStatusResponse status = status();
            if (!status.hasBeside() || !condition.holds(status.getBeside())) {
                return status;
            }
            if (System.nanoTime() - reported >= REPORT_NANOS) {
                reported = System.nanoTime();
                reports.accept(LogText.progress(status.getBeside()));
            }
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartupException(ExitCode.FAILED, "interrupted; the server goes on by itself", e);
            }
        }
    }

    private <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            String why = String.valueOf(e.getStatus().getDescription());
            if (why.equals(OTHER_PROTOCOL)) {
                throw new StartupException(
                        ExitCode.UNREACHABLE,
                        "what answers at " + address
                                + " does not speak gRPC; give the server's gRPC address (ports.grpc,"
                                + " 8502 by default), with https:// where that port has TLS",
                        e);
            }
            throw switch (e.getStatus().getCode()) {
                case UNAVAILABLE, DEADLINE_EXCEEDED ->
                    new StartupException(ExitCode.UNREACHABLE, "no answer from " + address + ": " + why, e);
                case UNIMPLEMENTED ->
                    new StartupException(
                            ExitCode.FAILED, address + " is an older server: it can't do this to its log", e);
                default -> new StartupException(ExitCode.FAILED, address + ": " + why, e);
            };
        }
    }

    @Override
    public void close() {
        connection.shutdownNow();
    }
}
