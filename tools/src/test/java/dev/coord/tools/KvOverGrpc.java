package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeleteResponse;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.GetResponse;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.server.history.KeyModel.Acquire;
import dev.coord.server.history.KeyModel.Asked;
import dev.coord.server.history.KeyModel.Delete;
import dev.coord.server.history.KeyModel.Entry;
import dev.coord.server.history.KeyModel.Found;
import dev.coord.server.history.KeyModel.Put;
import dev.coord.server.history.KeyModel.Release;
import dev.coord.server.history.KeyModel.Swap;
import dev.coord.server.history.KeyModel.Wrote;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** By the client API. Answers say the store's revision. */
final class KvOverGrpc implements KvCalls {

    private static final Metadata.Key<String> REASON =
            Metadata.Key.of("coord-reason", Metadata.ASCII_STRING_MARSHALLER);
    /** Of these a server that gives them says that nothing happened. */
    private static final Set<Status.Code> NOTHING_HAPPENED =
            Set.of(Status.Code.UNAVAILABLE, Status.Code.RESOURCE_EXHAUSTED);

    private static final Set<Status.Code> REFUSED = Set.of(
            Status.Code.INVALID_ARGUMENT,
            Status.Code.NOT_FOUND,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.PERMISSION_DENIED,
            Status.Code.UNIMPLEMENTED);
    /** What a server says of its own mistakes; a broken connection may be INTERNAL, too. */
    private static final String MISTAKE = "The server failed to answer";

    private final ServerChannels channels;
    private final Duration patience;

    KvOverGrpc(ServerChannels channels, Duration patience) {
        this.channels = channels;
        this.patience = patience;
    }

    private KVGrpc.KVBlockingStub stub(ServerUnderTest server) {
        return KVGrpc.newBlockingStub(channels.to(server))
                .withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Found get(ServerUnderTest server, String key, boolean saidSo) throws Unanswered {
        GetResponse answer =
                read(server, key, saidSo ? Consistency.CONSISTENCY_LINEARIZABLE : Consistency.CONSISTENCY_UNSPECIFIED);
        return new Found(
                answer.hasKv() ? entry(answer.getKv()) : null,
                answer.getFreshness().getRevision());
    }

    /** The revision of the state that a stale read sees. */
    long staleRevision(ServerUnderTest server, String key) throws Unanswered {
        return read(server, key, Consistency.CONSISTENCY_STALE).getFreshness().getRevision();
    }

    private GetResponse read(ServerUnderTest server, String key, Consistency consistency) throws Unanswered {
        GetRequest request =
                GetRequest.newBuilder().setKey(key).setConsistency(consistency).build();
        return answer(() -> stub(server).get(request));
    }

    private static Entry entry(KeyValue kv) {
        String session = kv.getSession();
        return new Entry(
                kv.getValue().toStringUtf8(),
                kv.getModifyRevision(),
                kv.getLockIndex(),
                session.isEmpty() ? null : session);
    }

    @Override
    public Wrote write(ServerUnderTest server, String key, Asked asked) throws Unanswered {
        if (asked instanceof Delete) {
            DeleteResponse deleted = answer(() ->
                    stub(server).delete(DeleteRequest.newBuilder().setKey(key).build()));
            return new Wrote(deleted.getApplied(), deleted.getRevision());
        }
        PutRequest request = put(asked).setKey(key).build();
        PutResponse written = answer(() -> stub(server).put(request));
        return new Wrote(written.getApplied(), written.getRevision());
    }

    private static PutRequest.Builder put(Asked asked) {
        PutRequest.Builder request = PutRequest.newBuilder();
        if (asked instanceof Put put) {
            return request.setValue(ByteString.copyFromUtf8(put.value()));
        }
        if (asked instanceof Swap swap) {
            return request.setValue(ByteString.copyFromUtf8(swap.value())).setIfModifyRevision(swap.ifIndex());
        }
        if (asked instanceof Acquire acquire) {
            return request.setValue(ByteString.copyFromUtf8(acquire.value())).setAcquire(acquire.session());
        }
        if (asked instanceof Release release) {
            return request.setValue(ByteString.copyFromUtf8(release.value())).setRelease(release.session());
        }
        throw new IllegalArgumentException("no write: " + asked);
    }

    private static <T> T answer(Supplier<T> call) throws Unanswered {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            Status status = e.getStatus();
            if (REFUSED.contains(status.getCode())
                    || String.valueOf(status.getDescription()).startsWith(MISTAKE)) {
                throw new AssertionError("refused: " + status, e);
            }
            Metadata trailers = e.getTrailers();
            boolean saidByServer = trailers != null && trailers.containsKey(REASON);
            throw new Unanswered(
                    (saidByServer && NOTHING_HAPPENED.contains(status.getCode())) || neverConnected(status.getCause()),
                    status.toString());
        }
    }

    private static boolean neverConnected(@Nullable Throwable cause) {
        for (Throwable one = cause; one != null; one = one.getCause()) {
            if (one instanceof ConnectException) {
                return true;
            }
        }
        return false;
    }
}
