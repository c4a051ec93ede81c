package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.Operator;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.TargetingRuleException;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Evaluates a rule by flagd's library, on contexts made for it: one without anything, and one for each type that an attribute
 * may have. A rule that fails on every one of them is refused: it would fail on every client.
 */
final class TargetingProbe {

    private static final String TARGETING_KEY = "probe";
    /** Those that fail on some arguments; whether a branch with one is ever taken can't be seen from outside. */
    private static final Set<String> FAILING = Set.of("filter", "all", "some", "none", "missing_some", "fractional");

    private final String flag;
    private final JsonObject evaluators;
    private final List<ImmutableContext> contexts;
    private final Operator operator = new Operator();

    private TargetingProbe(String flag, JsonObject evaluators, List<ImmutableContext> contexts) {
        this.flag = flag;
        this.evaluators = evaluators;
        this.contexts = contexts;
    }

    static void check(String flag, JsonObject rule, JsonObject evaluators, String path) {
        TargetingProbe probe = new TargetingProbe(flag, evaluators, contexts(References.resolved(rule, evaluators)));
        probe.evaluate(rule, path);
        probe.branches(rule, path);
    }

    private void branches(JsonElement value, String path) {
        if (value.isJsonArray()) {
            for (int i = 0; i < value.getAsJsonArray().size(); i++) {
                branches(value.getAsJsonArray().get(i), path + "[" + i + "]");
            }
        } else if (value.isJsonObject()) {
            for (Map.Entry<String, JsonElement> member : value.getAsJsonObject().entrySet()) {
                if (FAILING.contains(member.getKey())) {
                    evaluate(value, path);
                }
                branches(member.getValue(), FlagJson.member(path, member.getKey()));
            }
        }
    }

    private void evaluate(JsonElement rule, String path) {
        String text = References.resolved(rule, evaluators).toString();
        String failure = "";
        for (ImmutableContext context : contexts) {
            try {
                Object unused = operator.apply(flag, text, context);
                return;
            } catch (TargetingRuleException e) {
                failure = String.valueOf(
                        e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
            } catch (RuntimeException e) {
                // What flagd's library throws for want of an attribute.
                failure = e.toString();
            }
        }
        throw FlagJson.problem(path, "fails whatever the context is: " + failure);
    }

    private static List<ImmutableContext> contexts(JsonElement rule) {
        Set<String> attributes = new TreeSet<>();
        collect(rule, attributes);
        List<ImmutableContext> contexts = new ArrayList<>();
        contexts.add(new ImmutableContext(TARGETING_KEY));
        for (Value value : List.of(
                new Value("1.0.0"),
                new Value(1),
                new Value(true),
                new Value(List.of(new Value("a"), new Value("b"))))) {
            contexts.add(new ImmutableContext(TARGETING_KEY, nested(attributes, value)));
        }
        return contexts;
    }

    private static void collect(JsonElement value, Set<String> attributes) {
        if (value.isJsonArray()) {
            value.getAsJsonArray().forEach(element -> collect(element, attributes));
        } else if (value.isJsonObject()) {
            value.getAsJsonObject().entrySet().forEach(member -> {
                if (member.getKey().equals(Operations.VAR)) {
                    JsonElement name = member.getValue();
                    if (name.isJsonArray() && name.getAsJsonArray().size() > 0) {
                        name = name.getAsJsonArray().get(0);
                    }
                    if (FlagJson.isString(name)
                            && !name.getAsString().isEmpty()
                            && !name.getAsString().startsWith("$flagd")) {
                        attributes.add(name.getAsString());
                    }
                }
                collect(member.getValue(), attributes);
            });
        }
    }

    /** {@code a.b} is b within a. */
    private static Map<String, Value> nested(Set<String> attributes, Value value) {
        Map<String, Object> tree = new HashMap<>();
        for (String attribute : attributes) {
            Map<String, Object> level = tree;
            String[] steps = attribute.split("\\.", -1);
            for (int i = 0; i < steps.length - 1; i++) {
                Object below = level.get(steps[i]);
                Map<String, Object> next = new HashMap<>();
                if (below instanceof Map<?, ?> known) {
                    known.forEach((name, held) -> next.put(String.valueOf(name), held));
                }
                level.put(steps[i], next);
                level = next;
            }
            level.put(steps[steps.length - 1], value);
        }
        Map<String, Value> values = new HashMap<>();
        tree.forEach((name, held) -> values.put(name, toValue(held)));
        return values;
    }

    private static Value toValue(Object held) {
        if (held instanceof Map<?, ?> map) {
            Map<String, Value> values = new HashMap<>();
            map.forEach((name, below) -> values.put(String.valueOf(name), toValue(below)));
            return new Value(new dev.openfeature.sdk.ImmutableStructure(values));
        }
        return (Value) held;
    }
}
