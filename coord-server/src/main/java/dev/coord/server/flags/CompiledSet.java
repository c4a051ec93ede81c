package dev.coord.server.flags;

import com.google.gson.JsonObject;
import dev.coord.server.state.FlagSetEntry;
import dev.openfeature.contrib.providers.flagd.resolver.process.targeting.Operator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One version of a flag set, ready to be evaluated. Safe from any thread. flagd's library remembers every rule that it has
 * read; its memory goes with this version.
 */
public final class CompiledSet {

    private final Map<String, CompiledFlag> flags = new HashMap<>();

    private CompiledSet() {}

    /** @param set null: one without flags */
    public static CompiledSet of(@Nullable FlagSetEntry set) {
        CompiledSet compiled = new CompiledSet();
        FlagDocument document = FlagDocument.of(set);
        Operator operator = new Operator();
        document.flags()
                .forEach((name, definition) ->
                        compiled.flags.put(name, compiled(name, definition, document.evaluators(), operator)));
        return compiled;
    }

    private static CompiledFlag compiled(String name, JsonObject definition, JsonObject evaluators, Operator operator) {
        try {
            return CompiledFlag.of(name, definition, evaluators, operator);
        } catch (RuntimeException e) {
            // One that a later build took and this one can't read: the others still count.
            return CompiledFlag.unreadable(name, operator);
        }
    }

    /** Null: there is no such flag. */
    public @Nullable CompiledFlag flag(String name) {
        return flags.get(name);
    }

    /** What a client with this context would get. */
    public Evaluation evaluate(String flag, EvaluationAttributes context) {
        CompiledFlag found = flags.get(flag);
        return found == null
                ? Evaluation.failed("there is no flag \"" + flag + "\"")
                : found.evaluate(context::toContext);
    }
}
