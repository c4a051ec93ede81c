package dev.coord.server.flags;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code {"$ref": "name"}} in a targeting rule: the rule of that name in the document's {@code $evaluators}. */
final class References {

    private static final String REF = "$ref";

    private References() {}

    /** The name that an object refers to; null when it refers to nothing. */
    static @Nullable String target(JsonElement value) {
        if (!value.isJsonObject() || value.getAsJsonObject().size() != 1) {
            return null;
        }
        JsonElement name = value.getAsJsonObject().get(REF);
        return name != null && FlagJson.isString(name) ? name.getAsString() : null;
    }

    /** True when an object has such a member, in whatever form. */
    static boolean isReference(JsonObject object) {
        return object.has(REF);
    }

    /** Adds up how often each evaluator is referred to. */
    static void count(JsonElement value, Map<String, Integer> counts) {
        String target = target(value);
        if (target != null) {
            counts.merge(target, 1, Integer::sum);
        } else if (value.isJsonObject()) {
            value.getAsJsonObject().entrySet().forEach(member -> count(member.getValue(), counts));
        } else if (value.isJsonArray()) {
            value.getAsJsonArray().forEach(element -> count(element, counts));
        }
    }

    /** A copy with the references replaced; itself where there are none in it. Evaluators hold no references. */
    static JsonElement resolved(JsonElement value, JsonObject evaluators) {
        String target = target(value);
        if (target != null) {
            JsonElement evaluator = evaluators.get(target);
            return evaluator == null ? value : evaluator;
        }
        if (value.isJsonObject()) {
            JsonObject copy = new JsonObject();
            for (Map.Entry<String, JsonElement> member : value.getAsJsonObject().entrySet()) {
                copy.add(member.getKey(), resolved(member.getValue(), evaluators));
            }
            return copy;
        }
        if (value.isJsonArray()) {
            JsonArray copy = new JsonArray();
            value.getAsJsonArray().forEach(element -> copy.add(resolved(element, evaluators)));
            return copy;
        }
        return value;
    }
}
