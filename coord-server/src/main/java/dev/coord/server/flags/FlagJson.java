package dev.coord.server.flags;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.internal.LazilyParsedNumber;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import java.io.IOException;
import java.io.StringReader;
import java.util.regex.Pattern;

/** Reads JSON to the letter: no comments, no name twice, no half characters; and says where something is. */
final class FlagJson {

    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$-]*");

    private static final String LENIENT_ADVICE =
            "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON";

    private FlagJson() {}

    /**
     * Reads one value.
     *
     * @param root the path that problems begin with
     * @throws ConsensusException when it is no JSON
     */
    static JsonElement parse(String text, String root) {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(FlagLimits.DEPTH_MAX);
        try {
            JsonElement value = read(reader, root);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw problem(root, "goes on after its end");
            }
            return value;
        } catch (MalformedJsonException e) {
            String what = String.valueOf(e.getMessage());
            throw problem(
                    path(reader, root),
                    what.startsWith("Nesting limit")
                            ? "lies deeper than the limit of " + FlagLimits.DEPTH_MAX + " objects and arrays"
                            : "is no JSON: " + firstLine(what));
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw problem(path(reader, root), "is no JSON: " + firstLine(String.valueOf(e.getMessage())));
        }
    }

    /** As {@link #parse}, of what must be an object. */
    static JsonObject object(String text, String root) {
        return requireObject(parse(text, root), root);
    }

    private static JsonElement read(JsonReader reader, String root) throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                JsonObject object = new JsonObject();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = whole(reader.nextName(), reader, root);
                    if (object.has(name)) {
                        throw problem(path(reader, root), "stands there twice");
                    }
                    object.add(name, read(reader, root));
                }
                reader.endObject();
                return object;
            }
            case BEGIN_ARRAY -> {
                JsonArray array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(read(reader, root));
                }
                reader.endArray();
                return array;
            }
            case STRING -> {
                return new JsonPrimitive(whole(reader.nextString(), reader, root));
            }
            case NUMBER -> {
                String number = reader.nextString();
                if (!Double.isFinite(Double.parseDouble(number))) {
                    throw problem(path(reader, root), "is too large a number: " + number);
                }
                return new JsonPrimitive(new LazilyParsedNumber(number));
            }
            case BOOLEAN -> {
                return new JsonPrimitive(reader.nextBoolean());
            }
            case NULL -> {
                reader.nextNull();
                return JsonNull.INSTANCE;
            }
            default -> throw problem(path(reader, root), "is empty where a value must stand");
        }
    }

    /** Half a surrogate pair has no UTF-8: the store would hold something else than what was asked for. */
    private static String whole(String text, JsonReader reader, String root) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    throw problem(path(reader, root), "is not valid Unicode: it holds half a surrogate pair");
                }
                i++;
            }
        }
        return text;
    }

    private static String path(JsonReader reader, String root) {
        return root + reader.getPath().substring(1);
    }

    /** Without what the library advises programmers. */
    private static String firstLine(String said) {
        String message = said.replace(LENIENT_ADVICE, "malformed");
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    static JsonObject requireObject(JsonElement value, String path) {
        if (!value.isJsonObject()) {
            throw problem(path, "must be an object, is " + kind(value));
        }
        return value.getAsJsonObject();
    }

    /** For messages: {@code a string}. */
    static String kind(JsonElement value) {
        if (value.isJsonObject()) {
            return "an object";
        } else if (value.isJsonArray()) {
            return "an array";
        } else if (value.isJsonNull()) {
            return "null";
        }
        JsonPrimitive primitive = value.getAsJsonPrimitive();
        return primitive.isBoolean() ? "a boolean" : primitive.isNumber() ? "a number" : "a string";
    }

    static boolean isString(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }

    static boolean isNumber(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber();
    }

    static boolean isBoolean(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isBoolean();
    }

    /** The path of a member. */
    static String member(String path, String name) {
        return PLAIN_NAME.matcher(name).matches() ? path + "." + name : path + "[" + new JsonPrimitive(name) + "]";
    }

    /** The refusal of a definition: where, and which rule. */
    static ConsensusException problem(String path, String rule) {
        return new ConsensusException(Reason.INVALID, path + " " + rule);
    }
}
