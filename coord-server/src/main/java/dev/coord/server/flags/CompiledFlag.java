package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.Operator;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.TargetingRuleException;
import dev.openfeature.sdk.EvaluationContext;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One flag, ready to be evaluated. The rule is flagd's library's to evaluate; what the result means is as in flagd's Java
 * provider. Safe from any thread.
 */
public final class CompiledFlag {

    private final String name;
    private final boolean enabled;
    private final Map<String, JsonElement> variants;
    private final @Nullable String defaultVariant;
    private final @Nullable String targeting;
    private final Operator operator;

    private CompiledFlag(
            String name,
            boolean enabled,
            Map<String, JsonElement> variants,
            @Nullable String defaultVariant,
            @Nullable String targeting,
            Operator operator) {
        this.name = name;
        this.enabled = enabled;
        this.variants = Map.copyOf(variants);
        this.defaultVariant = defaultVariant;
        this.targeting = targeting;
        this.operator = operator;
    }

    static CompiledFlag of(String name, JsonObject definition, JsonObject evaluators, Operator operator) {
        JsonElement named = definition.get(DocumentCheck.DEFAULT_VARIANT);
        JsonElement rule = definition.get(DocumentCheck.TARGETING);
        return new CompiledFlag(
                name,
                DocumentCheck.ENABLED.equals(definition.get(DocumentCheck.STATE).getAsString()),
                definition.getAsJsonObject(DocumentCheck.VARIANTS).asMap(),
                named == null || named.isJsonNull() ? null : named.getAsString(),
                rule == null || rule.getAsJsonObject().size() == 0
                        ? null
                        : References.resolved(rule, evaluators).toString(),
                operator);
    }

    /** One whose definition this build can't read: every evaluation fails. */
    static CompiledFlag unreadable(String name, Operator operator) {
        return new CompiledFlag(name, true, Map.of(), null, null, operator);
    }

    /** True when it comes to the same for every context. */
    public boolean isStatic() {
        return !enabled || targeting == null;
    }

    /** True when it comes to something else as time goes by, with all else equal. */
    boolean isTimed() {
        return targeting != null && targeting.contains("$flagd.timestamp");
    }

    /** True when its rule may look at an attribute of that name. */
    boolean mentions(String attribute) {
        return targeting != null && targeting.contains('"' + attribute + '"');
    }

    boolean isEnabled() {
        return enabled;
    }

    /** @param context asked for only when there is a rule to evaluate */
    Evaluation evaluate(Supplier<? extends EvaluationContext> context) {
        if (variants.isEmpty()) {
            return Evaluation.failed("the definition of flag \"" + name + "\" can't be read by this build");
        }
        if (!enabled) {
            return Evaluation.failed("flag \"" + name + "\" is disabled");
        }
        if (targeting == null) {
            return of(defaultVariant, Evaluation.Reason.STATIC);
        }
        Object result;
        try {
            result = operator.apply(name, targeting, context.get());
        } catch (TargetingRuleException | RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Evaluation.failed("targeting of flag \"" + name + "\" fails: " + cause);
        }
        return result == null
                ? of(defaultVariant, Evaluation.Reason.DEFAULT)
                : of(result.toString(), Evaluation.Reason.TARGETING_MATCH);
    }

    private Evaluation of(@Nullable String variant, Evaluation.Reason reason) {
        if (variant == null) {
            return Evaluation.failed("flag \"" + name + "\" has no default variant");
        }
        JsonElement value = variants.get(variant);
        return value == null
                ? Evaluation.failed(
                        "targeting of flag \"" + name + "\" comes to \"" + variant + "\", which is no variant of it")
                : Evaluation.of(variant, value, reason);
    }
}
