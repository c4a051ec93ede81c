package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Holds the set of the servers' own features to what features there are, and to what they may be. */
final class FeatureCheck {

    private FeatureCheck() {}

    /** The document itself, if it is fit for the set. */
    static FlagDocument checked(String set, FlagDocument document) {
        if (set.equals(Feature.SET)) {
            document.flags().forEach(FeatureCheck::check);
        }
        return document;
    }

    private static void check(String flag, JsonObject definition) {
        String path = FlagJson.member("$.flags", flag);
        Feature feature = Feature.named(flag)
                .orElseThrow(() -> FlagJson.problem(
                        path,
                        "is no feature of this build: there are "
                                + Arrays.stream(Feature.values())
                                        .map(Feature::flag)
                                        .collect(Collectors.joining(", "))));
        for (Map.Entry<String, JsonElement> variant :
                definition.getAsJsonObject(DocumentCheck.VARIANTS).entrySet()) {
            if (feature.valueOf(variant.getValue()) == null) {
                throw FlagJson.problem(
                        FlagJson.member(path + "." + DocumentCheck.VARIANTS, variant.getKey()),
                        "is " + variant.getValue() + ", which this feature can't be: it is "
                                + (feature.isSwitch() ? "" : "one of the strings ")
                                + String.join(feature.isSwitch() ? " or " : ", ", feature.choices()));
            }
        }
    }
}
