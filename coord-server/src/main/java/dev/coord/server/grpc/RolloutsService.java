package dev.coord.server.grpc;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.v1.ChangeRolloutRequest;
import dev.coord.api.v1.ChangeRolloutResponse;
import dev.coord.api.v1.GetRolloutRequest;
import dev.coord.api.v1.GetRolloutResponse;
import dev.coord.api.v1.ListRolloutsRequest;
import dev.coord.api.v1.ListRolloutsResponse;
import dev.coord.api.v1.RolloutsGrpc;
import dev.coord.api.v1.StartRolloutRequest;
import dev.coord.api.v1.WatchRolloutRequest;
import dev.coord.api.v1.WatchRolloutResponse;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.rollout.RolloutEngine;
import dev.coord.server.rollout.Rollouts;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/** {@code coord.v1.Rollouts}. Changes go to the leader, whichever server is asked. */
final class RolloutsService extends RolloutsGrpc.RolloutsImplBase {

    private final Rollouts rollouts;
    private final RolloutEngine engine;
    private final StreamSources sources;
    private final Reads reads;
    private final OpenStreams streams = new OpenStreams();

    RolloutsService(Rollouts rollouts, RolloutEngine engine, StreamSources sources) {
        this.rollouts = rollouts;
        this.engine = engine;
        this.sources = sources;
        reads = sources.reads();
    }

    @Override
    public void start(StartRolloutRequest request, StreamObserver<ChangeRolloutResponse> out) {
        change(request.getAuthor(), author -> rollouts.start(plan(request), author), out);
    }

    private static Rollouts.Plan plan(StartRolloutRequest request) {
        return new Rollouts.Plan(
                request.getFeature(),
                request.getTo(),
                request.getService(),
                request.getStepsCount() == 0 ? Rollouts.STEPS_DEFAULT : request.getStepsList(),
                request.hasSoakMs() ? request.getSoakMs() : Rollouts.SOAK_MILLIS_DEFAULT,
                request.hasBaselineMs() ? request.getBaselineMs() : Rollouts.BASELINE_MILLIS_DEFAULT,
                request.getGuardsList(),
                request.hasSamplesMin() ? request.getSamplesMin() : Rollouts.SAMPLES_MIN_DEFAULT,
                request.getWithoutEvidence());
    }

    @Override
    public void pause(ChangeRolloutRequest request, StreamObserver<ChangeRolloutResponse> out) {
        change(request, rollouts::pause, out);
    }

    @Override
    public void resume(ChangeRolloutRequest request, StreamObserver<ChangeRolloutResponse> out) {
        change(request, rollouts::resume, out);
    }

    @Override
    public void abort(ChangeRolloutRequest request, StreamObserver<ChangeRolloutResponse> out) {
        change(request, rollouts::abort, out);
    }

    @Override
    public void lift(ChangeRolloutRequest request, StreamObserver<ChangeRolloutResponse> out) {
        change(request, rollouts::lift, out);
    }

    private void change(
            ChangeRolloutRequest request,
            BiFunction<String, String, CompletableFuture<Rollout>> change,
            StreamObserver<ChangeRolloutResponse> out) {
        change(request.getAuthor(), author -> change.apply(request.getFeature(), author), out);
    }

    private void change(
            String givenAuthor,
            Function<String, CompletableFuture<Rollout>> change,
            StreamObserver<ChangeRolloutResponse> out) {
        CompletableFuture<Rollout> changed;
        try {
            Caller caller = Caller.current();
            Authorizer may = caller.in(reads.latest());
            may.requireWrite(Resource.FLAG, Feature.SET);
            may.requireWrite(Resource.OPERATOR);
            changed = change.apply(FlagWrites.author(givenAuthor, "somebody by gRPC", caller.accessor(reads.latest())));
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        Completion.of(changed, (rollout, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
            } else {
                answer(rollout, out);
            }
        });
    }

    /** Whom a step reaches grows with the services there are. */
    private void answer(Rollout rollout, StreamObserver<ChangeRolloutResponse> out) {
        sources.pool().execute(() -> {
            out.onNext(ChangeRolloutResponse.newBuilder()
                    .setRollout(RolloutMapping.toMessage(rollout, engine))
                    .build());
            out.onCompleted();
        });
    }

    @Override
    public void get(GetRolloutRequest request, StreamObserver<GetRolloutResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, Feature.SET);
                    GetRolloutResponse.Builder answer =
                            GetRolloutResponse.newBuilder().setFreshness(reads.freshness(state));
                    Rollout rollout = state.rollout(Rollouts.knownFeature(request.getFeature()));
                    if (rollout != null) {
                        answer.setRollout(RolloutMapping.toMessage(rollout, engine));
                    }
                    return answer.build();
                },
                out);
    }

    @Override
    public void list(ListRolloutsRequest request, StreamObserver<ListRolloutsResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, Feature.SET);
                    ListRolloutsResponse.Builder answer =
                            ListRolloutsResponse.newBuilder().setFreshness(reads.freshness(state));
                    List<Rollout> all = state.rollouts();
                    for (int i = all.size() - 1; i >= 0; i--) {
                        answer.addRollouts(RolloutMapping.toMessage(all.get(i), engine));
                    }
                    return answer.build();
                },
                out);
    }

    @Override
    public void watch(WatchRolloutRequest request, StreamObserver<WatchRolloutResponse> observer) {
        ServerCallStreamObserver<WatchRolloutResponse> out = (ServerCallStreamObserver<WatchRolloutResponse>) observer;
        RolloutStream stream;
        try {
            Caller caller = Caller.current();
            caller.in(reads.latest()).requireRead(Resource.FLAG, Feature.SET);
            String feature = Rollouts.knownFeature(request.getFeature());
            stream = new RolloutStream(feature, caller, reads.state(request.getConsistency()), sources, engine, out);
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        streams.begin(stream, out);
    }

    /** Ends every stream, now and later. */
    void stop() {
        streams.stop();
    }
}
