package dev.coord.server.flags;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A flag set as flagd's document. Immutable by convention: nobody changes the objects in it.
 *
 * @param shared everything but the flags: {@code $evaluators}, {@code metadata}, {@code $schema}
 * @param flags by name
 */
record FlagDocument(JsonObject shared, SortedMap<String, JsonObject> flags) {

    static final String FLAGS = "flags";
    static final String EVALUATORS = "$evaluators";
    static final String METADATA = "metadata";
    private static final String SCHEMA = "$schema";
    private static final Set<String> SHARED = Set.of(EVALUATORS, METADATA, SCHEMA);

    static FlagDocument empty() {
        return new FlagDocument(new JsonObject(), new TreeMap<>());
    }

    /**
     * Reads a document and checks all of it.
     *
     * @throws ConsensusException the message begins with the place, as a JSON path
     */
    static FlagDocument parse(String text) {
        JsonObject root = FlagJson.object(text, "$");
        JsonObject shared = new JsonObject();
        for (Map.Entry<String, JsonElement> member : root.entrySet()) {
            if (member.getKey().equals(EVALUATORS)) {
                FlagJson.requireObject(member.getValue(), "$.$evaluators");
            }
            if (SHARED.contains(member.getKey())) {
                shared.add(member.getKey(), member.getValue());
            } else if (!member.getKey().equals(FLAGS)) {
                throw FlagJson.problem(
                        FlagJson.member("$", member.getKey()),
                        "is not known: a document has \"flags\" and may have \"$evaluators\", \"metadata\" and \"$schema\"");
            }
        }
        JsonElement all = root.get(FLAGS);
        if (all == null) {
            throw FlagJson.problem("$.flags", "is missing: a document has \"flags\", an object of definitions by name");
        }
        SortedMap<String, JsonObject> flags = new TreeMap<>();
        String path = FlagJson.member("$", FLAGS);
        FlagJson.requireObject(all, path)
                .entrySet()
                .forEach(member -> flags.put(
                        member.getKey(),
                        FlagJson.requireObject(member.getValue(), FlagJson.member(path, member.getKey()))));
        FlagDocument document = new FlagDocument(shared, flags);
        DocumentCheck.check(document);
        return document;
    }

    /** As it is in the state, where only what was checked comes. */
    static FlagDocument of(@Nullable FlagSetEntry set) {
        FlagDocument document = empty();
        if (set != null) {
            JsonObject shared = document.shared;
            for (FlagEntry definition : set.definitions().values()) {
                JsonObject object = FlagJson.object(definition.definition(), definition.name());
                if (definition.name().equals(FlagSetEntry.SHARED)) {
                    shared.asMap().putAll(object.asMap());
                } else {
                    document.flags.put(definition.name(), object);
                }
            }
        }
        return document;
    }

    /** With one definition put in its place; checked. */
    FlagDocument with(String flag, String definition) {
        String path = FlagJson.member(FlagJson.member("$", FLAGS), flag);
        SortedMap<String, JsonObject> more = new TreeMap<>(flags);
        more.put(flag, FlagJson.object(definition, path));
        FlagDocument document = new FlagDocument(shared, more);
        DocumentCheck.check(document);
        return document;
    }

    FlagDocument without(String flag) {
        SortedMap<String, JsonObject> fewer = new TreeMap<>(flags);
        fewer.remove(flag);
        return new FlagDocument(shared, fewer);
    }

    /** The texts by which the state holds it. */
    SortedMap<String, String> texts() {
        SortedMap<String, String> texts = new TreeMap<>();
        if (shared.size() > 0) {
            texts.put(FlagSetEntry.SHARED, shared.toString());
        }
        flags.forEach((name, definition) -> texts.put(name, definition.toString()));
        return texts;
    }

    JsonObject evaluators() {
        JsonElement evaluators = shared.get(EVALUATORS);
        return evaluators == null ? new JsonObject() : evaluators.getAsJsonObject();
    }

    /** The whole, the flags in the order of their names. */
    JsonObject json() {
        JsonObject root = new JsonObject();
        shared.entrySet().forEach(member -> root.add(member.getKey(), member.getValue()));
        root.add(FLAGS, flagsObject());
        return root;
    }

    private JsonObject flagsObject() {
        JsonObject object = new JsonObject();
        flags.forEach(object::add);
        return object;
    }

    /**
     * The whole with every reference to an evaluator replaced by it. What flagd's clients are sent: they replace references by
     * text, in which some stumble over a {@code $}.
     */
    JsonObject resolvedJson() {
        JsonObject root = json();
        JsonObject evaluators = evaluators();
        if (evaluators.size() == 0) {
            return root;
        }
        JsonObject resolved = new JsonObject();
        flags.forEach((name, definition) -> {
            JsonObject copy = new JsonObject();
            definition
                    .entrySet()
                    .forEach(member -> copy.add(
                            member.getKey(),
                            member.getKey().equals(DocumentCheck.TARGETING)
                                    ? References.resolved(member.getValue(), evaluators)
                                    : member.getValue()));
            resolved.add(name, copy);
        });
        root.remove(EVALUATORS);
        root.add(FLAGS, resolved);
        return root;
    }

    /** Holds it to the limits on its size. What references would make of it is reckoned, for it could be gigabytes. */
    void requireSize() {
        long bytes = bytes(json());
        requireBytes(bytes, CommandLimits.FLAG_SET_BYTES_MAX, "without needless spaces");
        Map<String, Integer> references = new HashMap<>();
        flags.values().forEach(definition -> References.count(definition, references));
        for (Map.Entry<String, Integer> referred : references.entrySet()) {
            JsonElement evaluator = evaluators().get(referred.getKey());
            bytes += evaluator == null ? 0 : referred.getValue() * bytes(evaluator);
        }
        requireBytes(bytes, FlagLimits.RESOLVED_BYTES_MAX, "with its references to $evaluators replaced");
    }

    private static long bytes(JsonElement element) {
        return element.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static void requireBytes(long bytes, int bytesMax, String how) {
        if (bytes > bytesMax) {
            throw FlagJson.problem("$", "is too large: " + bytes + " bytes " + how + ", at most " + bytesMax);
        }
    }
}
