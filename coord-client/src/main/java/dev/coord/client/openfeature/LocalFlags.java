package dev.coord.client.openfeature;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.coord.client.FlagDefinition;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.Operator;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.TargetingRuleException;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Reason;
import dev.openfeature.sdk.Value;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One version of a flag set, evaluated as flagd's own Java provider does it. Immutable but for the rules that flagd's library
 * remembers to have read, which go with this version. Safe from any thread.
 */
final class LocalFlags {

    static final LocalFlags EMPTY = new LocalFlags(Map.of());

    private static final Logger log = LoggerFactory.getLogger(LocalFlags.class);

    private final Map<String, LocalFlag> flags;
    private final Operator operator = new Operator();

    private LocalFlags(Map<String, LocalFlag> flags) {
        this.flags = Map.copyOf(flags);
    }

    static LocalFlags of(Collection<FlagDefinition> definitions) {
        JsonObject shared = new JsonObject();
        for (FlagDefinition definition : definitions) {
            if (definition.name().isEmpty()) {
                shared = JsonParser.parseString(definition.json()).getAsJsonObject();
            }
        }
        JsonObject evaluators = member(shared, "$evaluators");
        JsonObject metadata = member(shared, "metadata");
        Map<String, LocalFlag> flags = new HashMap<>();
        for (FlagDefinition definition : definitions) {
            if (!definition.name().isEmpty()) {
                try {
                    JsonObject json = JsonParser.parseString(definition.json()).getAsJsonObject();
                    flags.put(definition.name(), LocalFlag.of(json, evaluators, metadata));
                } catch (RuntimeException e) {
                    log.warn("Flag '{}' can't be read and is as if it were not there", definition.name(), e);
                }
            }
        }
        return new LocalFlags(flags);
    }

    private static JsonObject member(JsonObject object, String name) {
        JsonElement member = object.get(name);
        return member == null || !member.isJsonObject() ? new JsonObject() : member.getAsJsonObject();
    }

    /** Names of the flags that are other than there, sorted. */
    List<String> differences(LocalFlags before) {
        TreeSet<String> names = new TreeSet<>(flags.keySet());
        names.addAll(before.flags.keySet());
        names.removeIf(name -> Objects.equals(flags.get(name), before.flags.get(name)));
        return List.copyOf(names);
    }

    <T> ProviderEvaluation<T> evaluate(String name, T codeDefault, Class<T> type, @Nullable EvaluationContext context) {
        LocalFlag flag = flags.get(name);
        if (flag == null) {
            return failed(codeDefault, ErrorCode.FLAG_NOT_FOUND, "there is no flag '" + name + "'", null);
        }
        if (!flag.enabled()) {
            return failed(codeDefault, ErrorCode.FLAG_NOT_FOUND, "flag '" + name + "' is disabled", flag);
        }
        String variant = flag.defaultVariant();
        Reason reason = Reason.STATIC;
        if (flag.targeting() != null) {
            Object result;
            try {
                result = operator.apply(
                        name, flag.targeting(), context == null ? new dev.openfeature.sdk.ImmutableContext() : context);
            } catch (TargetingRuleException | RuntimeException e) {
                return failed(
                        codeDefault,
                        ErrorCode.PARSE_ERROR,
                        "targeting of flag '" + name + "' fails: " + cause(e),
                        flag);
            }
            reason = result == null ? Reason.DEFAULT : Reason.TARGETING_MATCH;
            variant = result == null ? variant : result.toString();
        }
        if (variant == null) {
            return failed(codeDefault, ErrorCode.FLAG_NOT_FOUND, "flag '" + name + "' has no default variant", flag);
        }
        Object value = flag.variants().get(variant);
        if (value == null) {
            return failed(codeDefault, ErrorCode.GENERAL, "flag '" + name + "' has no variant '" + variant + "'", flag);
        }
        Object fitting = fitting(value, type);
        if (fitting == null) {
            return failed(
                    codeDefault,
                    ErrorCode.TYPE_MISMATCH,
                    "variant '" + variant + "' of flag '" + name + "' is no " + type.getSimpleName(),
                    flag);
        }
        return ProviderEvaluation.<T>builder()
                .value(type.cast(fitting))
                .variant(variant)
                .reason(reason.toString())
                .flagMetadata(metadata(flag))
                .build();
    }

    private static Throwable cause(Throwable e) {
        return e.getCause() == null ? e : e.getCause();
    }

    /** Null: the value is of another type. Numbers become each other, as with flagd. */
    private static @Nullable Object fitting(Object value, Class<?> type) {
        if (type == Double.class && value instanceof Number number) {
            return number.doubleValue();
        } else if (type == Integer.class && value instanceof Double number) {
            return number.intValue();
        } else if (type == Value.class && !(value instanceof Value)) {
            return Value.objectToValue(value);
        }
        return type.isInstance(value) ? value : null;
    }

    private static <T> ProviderEvaluation<T> failed(
            T codeDefault, ErrorCode code, String message, @Nullable LocalFlag flag) {
        return ProviderEvaluation.<T>builder()
                .value(codeDefault)
                .reason(Reason.ERROR.toString())
                .errorCode(code)
                .errorMessage(message)
                .flagMetadata(flag == null ? ImmutableMetadata.builder().build() : metadata(flag))
                .build();
    }

    private static ImmutableMetadata metadata(LocalFlag flag) {
        var metadata = ImmutableMetadata.builder();
        flag.metadata().forEach((name, value) -> {
            if (value instanceof String text) {
                metadata.addString(name, text);
            } else if (value instanceof Boolean bool) {
                metadata.addBoolean(name, bool);
            } else if (value instanceof Integer whole) {
                metadata.addInteger(name, whole);
            } else if (value instanceof Long whole) {
                metadata.addLong(name, whole);
            } else if (value instanceof Double number) {
                metadata.addDouble(name, number);
            }
        });
        return metadata.build();
    }
}
