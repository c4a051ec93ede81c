package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.ConsensusException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds a document to flagd's schema, and to what the schema can't say: that names name something. */
final class DocumentCheck {

    static final String STATE = "state";
    static final String VARIANTS = "variants";
    static final String DEFAULT_VARIANT = "defaultVariant";
    static final String TARGETING = "targeting";
    static final String ENABLED = "ENABLED";
    private static final List<String> STATES = List.of(ENABLED, "DISABLED");
    private static final Set<String> MEMBERS =
            Set.of(STATE, VARIANTS, DEFAULT_VARIANT, TARGETING, FlagDocument.METADATA);

    private final FlagDocument document;

    private DocumentCheck(FlagDocument document) {
        this.document = document;
    }

    /** @throws ConsensusException the message begins with the place, as a JSON path, and goes on with the rule */
    static void check(FlagDocument document) {
        DocumentCheck check = new DocumentCheck(document);
        check.count();
        document.requireSize();
        check.shared();
        check.flags();
    }

    private void count() {
        int flags = document.flags().size();
        if (flags > CommandLimits.FLAGS_MAX) {
            throw FlagJson.problem("$.flags", "has " + flags + " flags, at most " + CommandLimits.FLAGS_MAX);
        }
    }

    private void shared() {
        JsonElement metadata = document.shared().get(FlagDocument.METADATA);
        if (metadata != null) {
            metadata(metadata, "$.metadata");
        }
        document.evaluators().entrySet().forEach(evaluator -> {
            String place = FlagJson.member("$.$evaluators", evaluator.getKey());
            name(evaluator.getKey(), place);
            new TargetingCheck(document.evaluators(), null)
                    .checkEvaluator(FlagJson.requireObject(evaluator.getValue(), place), place);
        });
    }

    private void flags() {
        document.flags().forEach((name, definition) -> {
            String path = FlagJson.member("$.flags", name);
            name(name, path);
            flag(name, definition, path);
        });
    }

    private void flag(String name, JsonObject flag, String path) {
        for (String member : flag.keySet()) {
            if (!MEMBERS.contains(member)) {
                throw FlagJson.problem(
                        FlagJson.member(path, member),
                        "is not known: a flag has state, variants, defaultVariant, targeting and metadata");
            }
        }
        state(flag.get(STATE), path + "." + STATE);
        JsonObject variants = variants(flag.get(VARIANTS), path + "." + VARIANTS);
        defaultVariant(flag.get(DEFAULT_VARIANT), variants, path + "." + DEFAULT_VARIANT);
        JsonElement metadata = flag.get(FlagDocument.METADATA);
        if (metadata != null) {
            metadata(metadata, path + "." + FlagDocument.METADATA);
        }
        JsonElement targeting = flag.get(TARGETING);
        if (targeting != null) {
            String place = path + "." + TARGETING;
            new TargetingCheck(document.evaluators(), variants.keySet())
                    .checkTargeting(name, FlagJson.requireObject(targeting, place), place);
        }
    }

    private static void state(@Nullable JsonElement state, String path) {
        if (state == null || !FlagJson.isString(state) || !STATES.contains(state.getAsString())) {
            throw FlagJson.problem(
                    path, "must be \"ENABLED\" or \"DISABLED\", is " + (state == null ? "missing" : state.toString()));
        }
    }

    private static JsonObject variants(@Nullable JsonElement value, String path) {
        if (value == null) {
            throw FlagJson.problem(path, "is missing: a flag has at least one variant");
        }
        JsonObject variants = FlagJson.requireObject(value, path);
        if (variants.size() == 0 || variants.size() > FlagLimits.VARIANTS_MAX) {
            throw FlagJson.problem(
                    path, "has " + variants.size() + " variants, must have from 1 to " + FlagLimits.VARIANTS_MAX);
        }
        String first = "";
        String kind = "";
        for (Map.Entry<String, JsonElement> variant : variants.entrySet()) {
            String place = FlagJson.member(path, variant.getKey());
            name(variant.getKey(), place);
            String own = FlagJson.kind(variant.getValue());
            if (variant.getValue().isJsonNull() || variant.getValue().isJsonArray()) {
                throw FlagJson.problem(place, "must be a boolean, a string, a number or an object, is " + own);
            }
            if (kind.isEmpty()) {
                kind = own;
                first = variant.getKey();
            } else if (!kind.equals(own)) {
                throw FlagJson.problem(
                        place,
                        "is " + own + ", but variant \"" + first + "\" is " + kind
                                + ": all variants of a flag have one type");
            }
        }
        return variants;
    }

    private static void defaultVariant(@Nullable JsonElement value, JsonObject variants, String path) {
        if (value == null || value.isJsonNull()) {
            // As newer flagd has it: the client takes the default in its code.
            return;
        }
        if (!FlagJson.isString(value)) {
            throw FlagJson.problem(path, "must be the name of a variant, is " + FlagJson.kind(value));
        }
        if (!variants.has(value.getAsString())) {
            throw FlagJson.problem(path, unknownVariant(value.getAsString(), variants.keySet()));
        }
    }

    static String unknownVariant(String name, Set<String> variants) {
        return "names the variant \"" + name + "\", which the flag does not have: it has "
                + String.join(", ", variants);
    }

    private static void metadata(JsonElement value, String path) {
        FlagJson.requireObject(value, path).entrySet().forEach(member -> {
            if (!member.getValue().isJsonPrimitive()) {
                throw FlagJson.problem(
                        FlagJson.member(path, member.getKey()),
                        "must be a string, a number or a boolean, is " + FlagJson.kind(member.getValue()));
            }
        });
    }

    private static void name(String name, String path) {
        if (name.isEmpty() || name.length() > FlagLimits.NAME_CHARS_MAX) {
            throw FlagJson.problem(
                    path,
                    "has a name of " + name.length() + " characters, must have from 1 to " + FlagLimits.NAME_CHARS_MAX);
        }
    }
}
