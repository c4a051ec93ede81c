package dev.coord.server.grpc;

import dev.coord.api.flagd.sync.v1.SyncFlagsResponse;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows a flag set. Its pauses matter: flagd's clients throw away what they can't take in time, and would stay
 * with what is old.
 */
final class FlagSyncStream extends NewestStream<FlagSetEntry, SyncFlagsResponse> {

    private final String set;
    private final FlagDocuments documents;

    FlagSyncStream(
            String set,
            Caller caller,
            CompletableFuture<State> first,
            StreamSources sources,
            FlagDocuments documents,
            ServerCallStreamObserver<SyncFlagsResponse> out) {
        super(Topics.flagSet(set), set, caller, first, sources, out);
        this.set = set;
        this.documents = documents;
    }

    @Override
    @Nullable
    FlagSetEntry valueIn(State state) {
        return state.flagSet(set);
    }

    @Override
    SyncFlagsResponse message(State state, @Nullable FlagSetEntry value) {
        return documents.of(set, value);
    }

    /** Without an error: clients then come back at once, to another server if they know one, and go on with what they have. */
    @Override
    void sayStopping(ServerCallStreamObserver<SyncFlagsResponse> client) {
        client.onCompleted();
    }
}
