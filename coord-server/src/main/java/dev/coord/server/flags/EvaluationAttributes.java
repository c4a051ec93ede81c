package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The context of an evaluation, from a JSON object. Immutable. */
public final class EvaluationAttributes {

    private static final String TARGETING_KEY = "targetingKey";

    private final JsonObject attributes;

    private EvaluationAttributes(JsonObject attributes) {
        this.attributes = attributes;
    }

    /**
     * Reads an object; an empty text is one without attributes.
     *
     * @throws dev.coord.server.command.ConsensusException when it is none
     */
    public static EvaluationAttributes parse(String json) {
        return new EvaluationAttributes(json.isBlank() ? new JsonObject() : FlagJson.object(json, "$"));
    }

    EvaluationContext toContext() {
        Map<String, Value> values = members(attributes);
        Value key = values.remove(TARGETING_KEY);
        return key == null || !key.isString()
                ? new ImmutableContext(values)
                : new ImmutableContext(key.asString(), values);
    }

    private static Map<String, Value> members(JsonObject object) {
        Map<String, Value> values = new HashMap<>();
        object.entrySet().forEach(member -> values.put(member.getKey(), value(member.getValue())));
        return values;
    }

    private static Value value(JsonElement element) {
        if (element.isJsonObject()) {
            return new Value(new ImmutableStructure(members(element.getAsJsonObject())));
        } else if (element.isJsonArray()) {
            List<Value> values = new ArrayList<>();
            element.getAsJsonArray().forEach(one -> values.add(value(one)));
            return new Value(values);
        } else if (element.isJsonNull()) {
            return new Value();
        } else if (FlagJson.isBoolean(element)) {
            return new Value(element.getAsBoolean());
        } else if (FlagJson.isString(element)) {
            return new Value(element.getAsString());
        }
        double number = element.getAsDouble();
        return number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE
                ? new Value((int) number)
                : new Value(number);
    }
}
