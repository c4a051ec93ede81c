package dev.coord.server.rollout;

import dev.coord.api.storage.v1.Rollout;
import dev.coord.server.command.ClusterView;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureReport;
import dev.coord.server.state.State;
import java.util.List;
import java.util.Optional;

/**
 * Whom a rollout's step reaches: a small percentage of few servers may be none of them, and then nothing was tried.
 *
 * @param count of those who have the new choice
 * @param all how many the feature is decided for, servers or services
 * @param names of those who have it, at most {@value FeatureReport#NAMES_MAX}
 */
public record Reach(int count, int all, List<String> names) {

    public Reach {
        names = List.copyOf(names);
    }

    /**
     * As it stands in one state. Costs an evaluation for each service or each server.
     *
     * @return empty where it can't be known: who is a client of a service is nowhere written down
     */
    static Optional<Reach> of(Rollout rollout, State state, ClusterView cluster) {
        if (!rollout.getService().isEmpty()) {
            return Optional.empty();
        }
        return Feature.named(rollout.getFeature()).map(feature -> {
            List<FeatureReport.Group> groups =
                    FeatureReport.of(feature, state, cluster).reach();
            int all = groups.stream().mapToInt(FeatureReport.Group::count).sum();
            return groups.stream()
                    .filter(group -> group.choice().equals(rollout.getTo()))
                    .findFirst()
                    .map(group -> new Reach(group.count(), all, group.names()))
                    .orElse(new Reach(0, all, List.of()));
        });
    }
}
