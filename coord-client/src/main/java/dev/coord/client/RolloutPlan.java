package dev.coord.client;

import dev.coord.api.v1.StartRolloutRequest;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rollout is to be; the servers check it. Immutable.
 *
 * @param feature one of the servers' own, as {@link Flags#features} names it
 * @param to one of its choices; empty: {@code true}, for what is on or off
 * @param service only for its clients; empty: for all
 * @param steps per cent, rising, the last is the end; empty: 1, 10, 50, 100
 * @param soak how long each step must hold; null: ten minutes
 * @param baseline for how long is measured what is usual; null: a minute
 * @param guards such as {@code commit-p99=2x,50ms}; signals without one have the servers' own
 */
public record RolloutPlan(
        String feature,
        String to,
        String service,
        List<Integer> steps,
        @Nullable Duration soak,
        @Nullable Duration baseline,
        List<String> guards) {

    public RolloutPlan {
        steps = List.copyOf(steps);
        guards = List.copyOf(guards);
    }

    /** For all, with what the servers take when nobody says otherwise. */
    public static RolloutPlan of(String feature, String to) {
        return new RolloutPlan(feature, to, "", List.of(), null, null, List.of());
    }

    public RolloutPlan forService(String only) {
        return new RolloutPlan(feature, to, only, steps, soak, baseline, guards);
    }

    public RolloutPlan inSteps(List<Integer> percents) {
        return new RolloutPlan(feature, to, service, percents, soak, baseline, guards);
    }

    public RolloutPlan soaking(Duration each) {
        return new RolloutPlan(feature, to, service, steps, each, baseline, guards);
    }

    public RolloutPlan measuring(Duration usual) {
        return new RolloutPlan(feature, to, service, steps, soak, usual, guards);
    }

    public RolloutPlan guardedBy(List<String> all) {
        return new RolloutPlan(feature, to, service, steps, soak, baseline, all);
    }

    StartRolloutRequest message(String author) {
        StartRolloutRequest.Builder message = StartRolloutRequest.newBuilder()
                .setFeature(feature)
                .setTo(to)
                .setService(service)
                .addAllSteps(steps)
                .addAllGuards(guards)
                .setAuthor(author);
        if (soak != null) {
            message.setSoakMs(soak.toMillis());
        }
        if (baseline != null) {
            message.setBaselineMs(baseline.toMillis());
        }
        return message.build();
    }
}
