package dev.coord.server.flags;

import com.google.gson.JsonElement;
import dev.coord.server.state.FlagSetEntry;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The servers' features by one version of the set {@code coord}, as this server sees them. What is the same for every
 * context is worked out once, so that to ask is to look it up. Safe from any thread.
 */
final class FeatureSnapshot {

    /** The most answers that are remembered of the rules of all features; beyond it they are worked out each time. */
    private static final int ANSWERS_MAX = 10_000;

    /** What it was made of, to be known again; null: there is no such set. */
    private final @Nullable FlagSetEntry madeOf;

    private final CompiledSet set;
    private final Map<String, Value> server;
    /** The answer for every context, of those features that have one. */
    private final Map<Feature, String> fixed = new EnumMap<>(Feature.class);
    /** Those among them that are on. */
    private final Set<Feature> fixedOn = EnumSet.noneOf(Feature.class);
    /** Answers of rules, without those that change with time. */
    private final Map<Question, String> answers = new ConcurrentHashMap<>();

    /** One question to a rule. */
    private record Question(Feature feature, String service, String client) {}

    /** @param server attributes of this server */
    private FeatureSnapshot(@Nullable FlagSetEntry madeOf, CompiledSet set, Map<String, String> server) {
        this.madeOf = madeOf;
        this.set = set;
        this.server = new HashMap<>();
        server.forEach((name, value) -> this.server.put(name, new Value(value)));
    }

    static FeatureSnapshot of(@Nullable FlagSetEntry entry, Map<String, String> server) {
        FeatureSnapshot snapshot = new FeatureSnapshot(entry, CompiledSet.of(entry), server);
        for (Feature feature : Feature.values()) {
            CompiledFlag flag = snapshot.set.flag(feature.flag());
            boolean sameForAll = flag == null || flag.isStatic();
            if (sameForAll || (feature.reach() == Feature.Reach.SERVERS && !flag.isTimed())) {
                snapshot.fix(feature, snapshot.evaluate(feature, "", ""));
            }
        }
        return snapshot;
    }

    private void fix(Feature feature, String value) {
        fixed.put(feature, value);
        if (value.equals("true")) {
            fixedOn.add(feature);
        }
    }

    boolean isMadeOf(@Nullable FlagSetEntry entry) {
        return Objects.equals(madeOf, entry);
    }

    boolean isSet(Feature feature) {
        return set.flag(feature.flag()) != null;
    }

    boolean isOn(Feature feature) {
        return fixed.containsKey(feature)
                ? fixedOn.contains(feature)
                : evaluate(feature, "", "").equals("true");
    }

    String choice(Feature feature) {
        String value = fixed.get(feature);
        return value == null ? evaluate(feature, "", "") : value;
    }

    boolean isOn(Feature feature, String service, String client) {
        return fixed.containsKey(feature)
                ? fixedOn.contains(feature)
                : answer(new Question(feature, service, client)).equals("true");
    }

    private String answer(Question question) {
        CompiledFlag flag = set.flag(question.feature.flag());
        if (flag == null || flag.isTimed()) {
            return evaluate(question.feature, question.service, question.client);
        }
        // Most rules don't look at the client: one answer then does for all of them.
        Question asked = flag.mentions("client") ? question : new Question(question.feature, question.service, "");
        String known = answers.get(asked);
        if (known == null) {
            known = evaluate(question.feature, question.service, question.client);
            if (answers.size() < ANSWERS_MAX) {
                answers.put(asked, known);
            }
        }
        return known;
    }

    /** Without a flag what holds unset; with one that can't be evaluated, what is safe. */
    private String evaluate(Feature feature, String service, String client) {
        CompiledFlag flag = set.flag(feature.flag());
        if (flag == null) {
            return feature.unset();
        }
        Evaluation evaluation = flag.evaluate(() -> context(feature, service, client));
        return safe(feature, evaluation);
    }

    static String safe(Feature feature, Evaluation evaluation) {
        JsonElement value = evaluation.value();
        String known = value == null ? null : feature.valueOf(value);
        return known == null ? feature.safe() : known;
    }

    private ImmutableContext context(Feature feature, String service, String client) {
        Map<String, Value> attributes = new HashMap<>(server);
        if (feature.reach() == Feature.Reach.SERVERS) {
            Value node = attributes.get("node");
            return new ImmutableContext(node == null ? "" : node.asString(), attributes);
        }
        attributes.put("service", new Value(service));
        attributes.put("client", new Value(client));
        return new ImmutableContext(service, attributes);
    }
}
