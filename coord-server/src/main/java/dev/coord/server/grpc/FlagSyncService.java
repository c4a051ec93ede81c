package dev.coord.server.grpc;

import com.google.protobuf.Struct;
import dev.coord.api.flagd.sync.v1.FetchAllFlagsRequest;
import dev.coord.api.flagd.sync.v1.FetchAllFlagsResponse;
import dev.coord.api.flagd.sync.v1.FlagSyncServiceGrpc;
import dev.coord.api.flagd.sync.v1.GetMetadataRequest;
import dev.coord.api.flagd.sync.v1.GetMetadataResponse;
import dev.coord.api.flagd.sync.v1.SyncFlagsRequest;
import dev.coord.api.flagd.sync.v1.SyncFlagsResponse;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.State;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * {@code flagd.sync.v1}: what flagd's clients, in any language, take their flags from.
 *
 * <p>Answers without a leader, from what this server has: flags are needed most when the cluster is not well. But while there
 * is a leader nobody is given older flags than it has, so that a client that changes servers never goes back.
 */
final class FlagSyncService extends FlagSyncServiceGrpc.FlagSyncServiceImplBase {

    /** How long the leader is waited for before an answer is given without it. */
    private static final long LEADER_MILLIS_MAX = 1_500;

    private static final Metadata.Key<String> SELECTOR =
            Metadata.Key.of("flagd-selector", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<String> SELECTED = Context.key("flagd-selector");

    private final StreamSources sources;
    private final Reads reads;
    private final FlagDocuments documents = new FlagDocuments();
    private final OpenStreams streams = new OpenStreams();

    FlagSyncService(StreamSources sources) {
        this.sources = sources;
        reads = sources.reads();
    }

    /** With the header at hand that newer clients name the set by. */
    ServerServiceDefinition bound() {
        return ServerInterceptors.intercept(this, new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                String selector = headers.get(SELECTOR);
                return selector == null
                        ? next.startCall(call, headers)
                        : Contexts.interceptCall(Context.current().withValue(SELECTED, selector), call, headers, next);
            }
        });
    }

    @Override
    public void syncFlags(SyncFlagsRequest request, StreamObserver<SyncFlagsResponse> observer) {
        ServerCallStreamObserver<SyncFlagsResponse> out = (ServerCallStreamObserver<SyncFlagsResponse>) observer;
        FlagSyncStream stream;
        try {
            String set = FlagSelector.set(SELECTED.get(), request.getSelector());
            Caller caller = Caller.current();
            caller.in(reads.latest()).requireRead(Resource.FLAG, set);
            stream = new FlagSyncStream(set, caller, freshest(), sources, documents, out);
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        streams.begin(stream, out);
    }

    @Override
    public void fetchAllFlags(FetchAllFlagsRequest request, StreamObserver<FetchAllFlagsResponse> out) {
        try {
            String set = FlagSelector.set(SELECTED.get(), request.getSelector());
            Caller caller = Caller.current();
            Completion.of(freshest(), (state, failure) -> {
                if (failure != null) {
                    out.onError(Statuses.of(failure));
                    return;
                }
                try {
                    caller.in(state).requireRead(Resource.FLAG, set);
                    sources.pool().read(() -> {
                        out.onNext(FetchAllFlagsResponse.newBuilder()
                                .setFlagConfigurationBytes(
                                        documents.of(set, state.flagSet(set)).getFlagConfigurationBytes())
                                .build());
                        out.onCompleted();
                    });
                } catch (RuntimeException refused) {
                    out.onError(Statuses.of(refused));
                }
            });
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
        }
    }

    /** Older clients ask for it; what it holds they add to every context. */
    @Deprecated
    @Override
    public void getMetadata(GetMetadataRequest request, StreamObserver<GetMetadataResponse> out) {
        Caller.current().needsNothing();
        out.onNext(GetMetadataResponse.newBuilder()
                .setMetadata(Struct.getDefaultInstance())
                .build());
        out.onCompleted();
    }

    /**
     * What the leader has, or else what this server has. Fails where that is nothing at all: a server that has just begun
     * would tell clients that they have no flags.
     */
    private CompletableFuture<State> freshest() {
        return reads.state(dev.coord.api.v1.Consistency.CONSISTENCY_LINEARIZABLE)
                .copy()
                .orTimeout(LEADER_MILLIS_MAX, TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    State own = reads.latest();
                    if (own.revision() <= State.empty().revision()) {
                        throw io.grpc.Status.UNAVAILABLE
                                .withDescription(
                                        "This server knows no flags yet: it has just begun and found no leader")
                                .asRuntimeException();
                    }
                    return own;
                });
    }

    /** Ends every stream, now and later. */
    void stop() {
        streams.stop();
    }
}
