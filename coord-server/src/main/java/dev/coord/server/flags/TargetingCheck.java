package dev.coord.server.flags;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.semver4j.Semver;

/**
 * Holds one targeting rule to what flagd can evaluate: operations that exist, with as many arguments as they take; and results
 * that are variants of the flag, where the rule says them outright.
 */
final class TargetingCheck {

    private final JsonObject evaluators;
    /** Null: of an evaluator, which any flag may use. */
    private final @Nullable Set<String> variants;

    TargetingCheck(JsonObject evaluators, @Nullable Set<String> variants) {
        this.evaluators = evaluators;
        this.variants = variants;
    }

    /** Checks an evaluator. */
    void checkEvaluator(JsonObject rule, String path) {
        operation(rule, path);
    }

    /** Checks a flag's targeting. An empty object is none. */
    void checkTargeting(String flag, JsonObject rule, String path) {
        if (rule.size() == 0) {
            return;
        }
        operation(rule, path);
        results(rule, path);
        TargetingProbe.check(flag, rule, evaluators, path);
    }

    private void value(JsonElement value, String path) {
        if (value.isJsonObject()) {
            operation(value.getAsJsonObject(), path);
        } else if (value.isJsonArray()) {
            JsonArray array = value.getAsJsonArray();
            for (int i = 0; i < array.size(); i++) {
                value(array.get(i), path + "[" + i + "]");
            }
        }
    }

    private void operation(JsonObject rule, String path) {
        if (rule.size() != 1) {
            throw FlagJson.problem(
                    path, "has the members " + rule.keySet() + ": a rule has exactly one, the operation's name");
        }
        if (References.isReference(rule)) {
            reference(rule, path);
            return;
        }
        Map.Entry<String, JsonElement> only = rule.entrySet().iterator().next();
        String operation = only.getKey();
        String place = FlagJson.member(path, operation);
        Operations.Arity arity = Operations.arity(operation);
        if (arity == null) {
            throw FlagJson.problem(place, "is no operation: there are " + Operations.names());
        }
        JsonElement given = only.getValue();
        int count = given.isJsonArray() ? given.getAsJsonArray().size() : 1;
        if (!arity.allows(count)) {
            throw FlagJson.problem(place, "has " + count + " arguments, takes " + arity);
        }
        value(given, place);
        switch (operation) {
            case Operations.FRACTIONAL -> fractional(arguments(given), place);
            case Operations.SEM_VER -> semVer(given.getAsJsonArray(), place);
            default -> {}
        }
    }

    private static JsonArray arguments(JsonElement given) {
        if (given.isJsonArray()) {
            return given.getAsJsonArray();
        }
        JsonArray one = new JsonArray();
        one.add(given);
        return one;
    }

    private void reference(JsonObject rule, String path) {
        String target = References.target(rule);
        if (target == null) {
            throw FlagJson.problem(path, "must be {\"$ref\": NAME} and nothing more");
        }
        if (variants == null) {
            throw FlagJson.problem(
                    path, "is a reference in an evaluator: flagd's clients replace references only once");
        }
        if (!evaluators.has(target)) {
            throw FlagJson.problem(
                    FlagJson.member(path, "$ref"),
                    "names the evaluator \"" + target + "\", which is not in $evaluators");
        }
    }

    /** What to go by, unless it is the targeting key; then the parts: variant and weight. */
    private void fractional(JsonArray arguments, String path) {
        int first = arguments.size() > 0 && arguments.get(0).isJsonArray() ? 0 : 1;
        if (arguments.size() == first) {
            throw FlagJson.problem(path, "has no parts: [VARIANT, WEIGHT], one after the other");
        }
        long total = 0;
        for (int i = first; i < arguments.size(); i++) {
            total += weight(arguments.get(i), path + "[" + i + "]");
        }
        if (total < 1 || total > Integer.MAX_VALUE) {
            throw FlagJson.problem(
                    path, "has weights of " + total + " all together, must be from 1 to " + Integer.MAX_VALUE);
        }
    }

    private static long weight(JsonElement part, String path) {
        JsonArray pair = part.isJsonArray() ? part.getAsJsonArray() : new JsonArray();
        boolean fits = pair.size() == 1 || pair.size() == 2;
        boolean named = fits && (FlagJson.isString(pair.get(0)) || pair.get(0).isJsonObject());
        if (!named) {
            throw FlagJson.problem(path, "must be [VARIANT] or [VARIANT, WEIGHT]");
        }
        if (pair.size() == 1) {
            return 1;
        }
        JsonElement weight = pair.get(1);
        double value = FlagJson.isNumber(weight) ? weight.getAsDouble() : -1;
        if (value < 0 || value > Integer.MAX_VALUE || value != Math.rint(value)) {
            throw FlagJson.problem(
                    path + "[1]", "must be a whole number from 0 to " + Integer.MAX_VALUE + ", is " + weight);
        }
        return (long) value;
    }

    private static void semVer(JsonArray arguments, String path) {
        for (int i = 0; i < 3; i += 2) {
            JsonElement version = arguments.get(i);
            if (!version.isJsonObject() && !(FlagJson.isString(version) && Semver.isValid(version.getAsString()))) {
                throw FlagJson.problem(path + "[" + i + "]", "is no semantic version: " + version);
            }
        }
        JsonElement comparison = arguments.get(1);
        if (!FlagJson.isString(comparison) || !Operations.SEM_VER_COMPARISONS.contains(comparison.getAsString())) {
            throw FlagJson.problem(
                    path + "[1]",
                    "is no comparison: " + comparison + "; there are "
                            + String.join(" ", Operations.SEM_VER_COMPARISONS));
        }
    }

    /** What the whole rule may come to. Where it depends on the context, nothing can be said. */
    private void results(JsonElement value, String path) {
        if (value.isJsonNull()) {
            return;
        }
        if (value.isJsonPrimitive()) {
            if (FlagJson.isNumber(value)) {
                throw FlagJson.problem(path, "comes to the number " + value + ", must come to the name of a variant");
            }
            variant(value.getAsString(), path);
            return;
        }
        if (value.isJsonArray()) {
            throw FlagJson.problem(path, "comes to an array, must come to the name of a variant");
        }
        String target = References.target(value);
        if (target != null) {
            results(evaluators.get(target), path + " (" + FlagJson.member("$.$evaluators", target) + ")");
            return;
        }
        Map.Entry<String, JsonElement> only =
                value.getAsJsonObject().entrySet().iterator().next();
        String place = FlagJson.member(path, only.getKey());
        JsonArray arguments = arguments(only.getValue());
        switch (only.getKey()) {
            case Operations.IF -> {
                for (int i = 1; i < arguments.size(); i += 2) {
                    results(arguments.get(i), place + "[" + i + "]");
                }
                int last = arguments.size() - 1;
                if (last % 2 == 0 && last > 0) {
                    results(arguments.get(last), place + "[" + last + "]");
                }
            }
            case Operations.FRACTIONAL -> {
                for (int i = arguments.get(0).isJsonArray() ? 0 : 1; i < arguments.size(); i++) {
                    JsonElement named = arguments.get(i).getAsJsonArray().get(0);
                    if (FlagJson.isString(named)) {
                        variant(named.getAsString(), place + "[" + i + "]");
                    }
                }
            }
            default -> {
                if (Operations.givesBoolean(only.getKey())) {
                    variant("true", place);
                    variant("false", place);
                }
            }
        }
    }

    private void variant(String name, String path) {
        Set<String> known = variants;
        if (known != null && !known.contains(name)) {
            throw FlagJson.problem(path, DocumentCheck.unknownVariant(name, known));
        }
    }
}
