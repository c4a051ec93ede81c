package dev.coord.client.openfeature;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One flag as it was defined. Immutable.
 *
 * @param variants a Boolean, String, Integer, Long or Double, or a {@link Value} that holds an object
 * @param targeting the rule with its references replaced; null: none
 * @param metadata the set's and the flag's
 */
record LocalFlag(
        boolean enabled,
        Map<String, Object> variants,
        @Nullable String defaultVariant,
        @Nullable String targeting,
        Map<String, Object> metadata) {

    LocalFlag {
        variants = Map.copyOf(variants);
        metadata = Map.copyOf(metadata);
    }

    /** Throws when the definition makes no sense: a later build of the store may have taken what this one can't read. */
    static LocalFlag of(JsonObject definition, JsonObject evaluators, JsonObject setMetadata) {
        Map<String, Object> variants = new HashMap<>();
        definition
                .getAsJsonObject("variants")
                .entrySet()
                .forEach(variant -> variants.put(variant.getKey(), plain(variant.getValue())));
        Map<String, Object> metadata = new HashMap<>();
        setMetadata.entrySet().forEach(entry -> metadata.put(entry.getKey(), plain(entry.getValue())));
        if (definition.has("metadata")) {
            definition
                    .getAsJsonObject("metadata")
                    .entrySet()
                    .forEach(entry -> metadata.put(entry.getKey(), plain(entry.getValue())));
        }
        JsonElement named = definition.get("defaultVariant");
        JsonElement rule = definition.get("targeting");
        return new LocalFlag(
                "ENABLED".equals(definition.get("state").getAsString()),
                variants,
                named == null || named.isJsonNull() ? null : named.getAsString(),
                rule == null || rule.getAsJsonObject().size() == 0
                        ? null
                        : References.resolved(rule, evaluators).toString(),
                metadata);
    }

    private static Object plain(JsonElement element) {
        if (!element.isJsonPrimitive()) {
            return value(element);
        } else if (element.getAsJsonPrimitive().isBoolean()) {
            return element.getAsBoolean();
        } else if (element.getAsJsonPrimitive().isString()) {
            return element.getAsString();
        }
        double number = element.getAsDouble();
        if (number != Math.rint(number) || Math.abs(number) > Long.MAX_VALUE) {
            return number;
        }
        long whole = element.getAsBigDecimal().longValue();
        if (whole == (int) whole) {
            return (int) whole;
        }
        return whole;
    }

    private static Value value(JsonElement element) {
        if (element.isJsonObject()) {
            Map<String, Value> members = new HashMap<>();
            element.getAsJsonObject()
                    .entrySet()
                    .forEach(member -> members.put(member.getKey(), value(member.getValue())));
            return new Value(new ImmutableStructure(members));
        } else if (element.isJsonArray()) {
            List<Value> values = new ArrayList<>();
            element.getAsJsonArray().forEach(one -> values.add(value(one)));
            return new Value(values);
        } else if (element.isJsonNull()) {
            return new Value();
        }
        Object plain = plain(element);
        if (plain instanceof Boolean flag) {
            return new Value(flag);
        } else if (plain instanceof String text) {
            return new Value(text);
        }
        return plain instanceof Integer whole ? new Value(whole) : new Value(((Number) plain).doubleValue());
    }
}
