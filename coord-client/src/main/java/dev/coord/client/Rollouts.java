package dev.coord.client;

import dev.coord.api.v1.ChangeRolloutRequest;
import dev.coord.api.v1.ChangeRolloutResponse;
import dev.coord.api.v1.GetRolloutRequest;
import dev.coord.api.v1.ListRolloutsRequest;
import dev.coord.api.v1.RolloutsGrpc;
import dev.coord.client.Calls.Kind;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The servers' own features on their way to another choice, in steps that the leader judges and takes back by itself. Safe from
 * any thread.
 *
 * <p>Each call blocks, at most for the client's deadline, and throws {@link CoordException}: {@link CoordException.Reason#INVALID}
 * with what can't be, such as to lift a hold that there is not; nothing has changed then. Writes are repeated only when they surely
 * did not happen.
 */
public final class Rollouts {

    private final Calls calls;

    Rollouts(Calls calls) {
        this.calls = calls;
    }

    /** Begins one. A feature has one at a time. */
    public RolloutInfo start(RolloutPlan plan, String author) {
        return changed(calls.call(
                Kind.WRITE,
                RolloutsGrpc.getStartMethod(),
                plan.message(author),
                "Start of the rollout of '" + plan.feature() + "'"));
    }

    /** Stays at the step; the guards go on. */
    public RolloutInfo pause(String feature, String author) {
        return change(RolloutsGrpc.getPauseMethod(), "Pause", feature, author);
    }

    /** Goes on; the step soaks anew. */
    public RolloutInfo resume(String feature, String author) {
        return change(RolloutsGrpc.getResumeMethod(), "Resumption", feature, author);
    }

    /** Puts the flag back to what it was before the first step, and ends the rollout. */
    public RolloutInfo abort(String feature, String author) {
        return change(RolloutsGrpc.getAbortMethod(), "Abortion", feature, author);
    }

    /** Ends the hold of one that has gone back: it soaks anew and goes on. */
    public RolloutInfo lift(String feature, String author) {
        return change(RolloutsGrpc.getLiftMethod(), "Lift", feature, author);
    }

    private RolloutInfo change(
            MethodDescriptor<ChangeRolloutRequest, ChangeRolloutResponse> method,
            String what,
            String feature,
            String author) {
        return changed(calls.call(
                Kind.WRITE,
                method,
                ChangeRolloutRequest.newBuilder()
                        .setFeature(feature)
                        .setAuthor(author)
                        .build(),
                what + " of the rollout of '" + feature + "'"));
    }

    private static RolloutInfo changed(CompletableFuture<ChangeRolloutResponse> answer) {
        return Waits.join(answer.thenApply(changed -> RolloutInfo.of(changed.getRollout())));
    }

    /** The newest of a feature; empty when it has had none. */
    public Optional<RolloutInfo> newest(String feature, ReadMode mode) {
        return Waits.join(calls.call(
                        Kind.READ,
                        RolloutsGrpc.getGetMethod(),
                        GetRolloutRequest.newBuilder()
                                .setFeature(feature)
                                .setConsistency(mode.message())
                                .build(),
                        "Get of the rollout of '" + feature + "'")
                .thenApply(answer ->
                        answer.hasRollout() ? Optional.of(RolloutInfo.of(answer.getRollout())) : Optional.empty()));
    }

    /** All that are remembered, the newest first. */
    public List<RolloutInfo> all(ReadMode mode) {
        return Waits.join(calls.call(
                        Kind.READ,
                        RolloutsGrpc.getListMethod(),
                        ListRolloutsRequest.newBuilder()
                                .setConsistency(mode.message())
                                .build(),
                        "List of rollouts")
                .thenApply(answer ->
                        answer.getRolloutsList().stream().map(RolloutInfo::of).toList()));
    }
}
