package dev.coord.server.grpc;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.v1.WatchRolloutResponse;
import dev.coord.server.flags.Feature;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One client that follows a feature's newest rollout. */
final class RolloutStream extends NewestStream<Rollout, WatchRolloutResponse> {

    private final String feature;
    private final RolloutEngine engine;
    private final Reads reads;

    RolloutStream(
            String feature,
            Caller caller,
            CompletableFuture<State> first,
            StreamSources sources,
            RolloutEngine engine,
            ServerCallStreamObserver<WatchRolloutResponse> out) {
        super(Topics.rollouts(), Feature.SET, caller, first, sources, out);
        this.feature = feature;
        this.engine = engine;
        reads = sources.reads();
    }

    @Override
    @Nullable
    Rollout valueIn(State state) {
        return state.rollout(feature);
    }

    @Override
    WatchRolloutResponse message(State state, @Nullable Rollout value) {
        WatchRolloutResponse.Builder message = WatchRolloutResponse.newBuilder().setFreshness(reads.freshness(state));
        if (value != null) {
            message.setRollout(RolloutMapping.toMessage(value, engine));
        }
        return message.build();
    }

    @Override
    void sayStopping(ServerCallStreamObserver<WatchRolloutResponse> client) {
        client.onError(Status.UNAVAILABLE
                .withDescription("This server is stopping: watch on another one")
                .asRuntimeException());
    }
}
