package dev.coord.client.openfeature;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;

/** {@code {"$ref": "name"}} in a rule: the rule of that name among the set's {@code $evaluators}. */
final class References {

    private References() {}

    /** A copy with the references replaced. Evaluators hold none: the store sees to it. */
    static JsonElement resolved(JsonElement value, JsonObject evaluators) {
        if (value.isJsonArray()) {
            JsonArray copy = new JsonArray();
            value.getAsJsonArray().forEach(element -> copy.add(resolved(element, evaluators)));
            return copy;
        } else if (!value.isJsonObject()) {
            return value;
        }
        JsonObject object = value.getAsJsonObject();
        JsonElement name = object.get("$ref");
        if (name != null && evaluators.has(name.getAsString())) {
            return evaluators.get(name.getAsString());
        }
        JsonObject copy = new JsonObject();
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            copy.add(member.getKey(), resolved(member.getValue(), evaluators));
        }
        return copy;
    }
}
