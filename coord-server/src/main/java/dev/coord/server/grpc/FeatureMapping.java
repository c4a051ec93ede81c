package dev.coord.server.grpc;

import dev.coord.api.v1.Feature;
import dev.coord.api.v1.FeatureReach;
import dev.coord.server.flags.FeatureReport;
import java.util.Locale;

/** How the servers' features stand, as the API says it. */
final class FeatureMapping {

    private FeatureMapping() {}

    static Feature toMessage(FeatureReport report) {
        var feature = report.feature();
        Feature.Builder message = Feature.newBuilder()
                .setName(feature.flag())
                .setWhat(feature.what())
                .setRisk(feature.risk())
                .setApplied(feature.applied())
                .addAllChoices(feature.choices())
                .setUnset(feature.unset())
                .setSafe(feature.safe())
                .setState(report.standing().text())
                .setProblem(report.problem());
        report.reach()
                .forEach(group -> message.addReach(FeatureReach.newBuilder()
                        .setChoice(group.choice())
                        .setKind(feature.reach().name().toLowerCase(Locale.ROOT))
                        .setCount(group.count())
                        .addAllNames(group.names())));
        return message.build();
    }
}
