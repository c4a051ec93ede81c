package dev.coord.server.flags;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flag of a feature on its way to another choice: so many per cent of those it is decided for get the new one, by a stable
 * hash, the others what they had. Whoever is within one percentage is within every higher one.
 */
public final class GradualFlag {

    private static final int ALL = 100;

    private GradualFlag() {}

    /** The feature's definition in a set; null: there is none. */
    public static @Nullable String current(@Nullable FlagSetEntry set, Feature feature) {
        FlagEntry entry = set == null ? null : set.flag(feature.flag());
        return entry == null ? null : entry.definition();
    }

    /**
     * The definition for one step, checked as any that is written.
     *
     * @param set the set that it goes into
     * @param before the definition before the first step; null: there was none
     * @param to one of the feature's choices
     * @param service only for this one; empty: for all
     * @param percent 1 to 100
     * @throws ConsensusException when it can't be: the message says why
     */
    public static String definition(
            @Nullable FlagSetEntry set,
            Feature feature,
            @Nullable String before,
            String to,
            String service,
            int percent) {
        JsonObject flag = before == null ? unset(feature) : FlagJson.object(before, feature.flag());
        if (!DocumentCheck.ENABLED.equals(flag.get(DocumentCheck.STATE).getAsString())) {
            throw refused(feature, "is disabled: enable it first");
        }
        JsonObject variants = flag.getAsJsonObject(DocumentCheck.VARIANTS).deepCopy();
        JsonElement value = feature.isSwitch() ? new JsonPrimitive(Boolean.valueOf(to)) : new JsonPrimitive(to);
        String variant = variantOf(variants, value, to);
        JsonElement rule = flag.get(DocumentCheck.TARGETING);
        JsonElement named = flag.get(DocumentCheck.DEFAULT_VARIANT);
        boolean hasRule =
                rule != null && rule.isJsonObject() && rule.getAsJsonObject().size() > 0;
        if (named == null || named.isJsonNull()) {
            throw refused(feature, "has no default variant: give it one first");
        }
        if (!hasRule && named.getAsString().equals(variant)) {
            throw refused(
                    feature, "is \"" + to + "\" for everyone already" + (before == null ? unsetHint(feature) : ""));
        }
        JsonElement otherwise = hasRule ? rule : named;
        JsonObject next = flag.deepCopy();
        next.add(DocumentCheck.VARIANTS, variants);
        if (percent == ALL && service.isEmpty()) {
            next.remove(DocumentCheck.TARGETING);
            next.addProperty(DocumentCheck.DEFAULT_VARIANT, variant);
        } else {
            JsonElement chosen = percent == ALL
                    ? new JsonPrimitive(variant)
                    : partly(feature, variant, otherVariant(variants, variant), otherwise, service, percent);
            next.add(
                    DocumentCheck.TARGETING,
                    service.isEmpty()
                            ? chosen
                            : operation(
                                    Operations.IF,
                                    operation("==", variable("service"), new JsonPrimitive(service)),
                                    chosen,
                                    otherwise));
        }
        String text = next.toString();
        FeatureCheck.checked(Feature.SET, FlagDocument.of(set).with(feature.flag(), text));
        return text;
    }

    private static ConsensusException refused(Feature feature, String why) {
        return new ConsensusException(Reason.INVALID, "the flag of feature \"" + feature.flag() + "\" " + why);
    }

    private static String unsetHint(Feature feature) {
        String way = feature.isSwitch()
                ? ": to begin from the other choice, coord flags set " + Feature.SET + " " + feature.flag() + " "
                        + (feature.unset().equals("true") ? "off" : "on")
                : "";
        return ", for without a flag it counts as that" + way;
    }

    private static JsonObject unset(Feature feature) {
        JsonObject variants = new JsonObject();
        variants.add(
                feature.unset(),
                feature.isSwitch()
                        ? new JsonPrimitive(Boolean.valueOf(feature.unset()))
                        : new JsonPrimitive(feature.unset()));
        JsonObject flag = new JsonObject();
        flag.addProperty(DocumentCheck.STATE, DocumentCheck.ENABLED);
        flag.add(DocumentCheck.VARIANTS, variants);
        flag.addProperty(DocumentCheck.DEFAULT_VARIANT, feature.unset());
        return flag;
    }

    /** The variant of a value; made if there is none. */
    private static String variantOf(JsonObject variants, JsonElement value, String to) {
        for (Map.Entry<String, JsonElement> variant : variants.entrySet()) {
            if (variant.getValue().equals(value)) {
                return variant.getKey();
            }
        }
        String name = to;
        while (variants.has(name)) {
            name += "-rollout";
        }
        variants.add(name, value);
        return name;
    }

    private static String otherVariant(JsonObject variants, String variant) {
        return variants.keySet().stream()
                .filter(name -> !name.equals(variant))
                .findFirst()
                .orElseThrow();
    }

    /** In the form that one would write by hand, where what was before is one variant. */
    private static JsonElement partly(
            Feature feature, String variant, String other, JsonElement otherwise, String service, int percent) {
        JsonElement key = service.isEmpty()
                ? operation("cat", new JsonPrimitive(feature.flag() + ":"), variable("targetingKey"))
                : operation("cat", new JsonPrimitive(feature.flag() + ":" + service + ":"), variable("client"));
        boolean plain = FlagJson.isString(otherwise);
        JsonObject hashed = operation(
                Operations.FRACTIONAL,
                key,
                bucket(variant, percent),
                bucket(plain ? otherwise.getAsString() : other, ALL - percent));
        return plain
                ? hashed
                : operation(
                        Operations.IF,
                        operation("==", hashed, new JsonPrimitive(variant)),
                        new JsonPrimitive(variant),
                        otherwise);
    }

    private static JsonArray bucket(String variant, int weight) {
        JsonArray bucket = new JsonArray();
        bucket.add(variant);
        bucket.add(weight);
        return bucket;
    }

    private static JsonObject variable(String name) {
        JsonObject variable = new JsonObject();
        variable.addProperty(Operations.VAR, name);
        return variable;
    }

    private static JsonObject operation(String name, JsonElement... arguments) {
        JsonArray array = new JsonArray();
        for (JsonElement argument : arguments) {
            array.add(argument);
        }
        JsonObject operation = new JsonObject();
        operation.add(name, array);
        return operation;
    }
}
