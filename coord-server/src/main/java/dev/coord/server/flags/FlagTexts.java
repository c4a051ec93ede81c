package dev.coord.server.flags;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import org.jspecify.annotations.Nullable;

/** Definitions as text for readers. Safe from any thread. */
public final class FlagTexts {

    private static final Gson PRETTY =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private FlagTexts() {}

    /** A whole set as flagd's document. */
    public static String document(FlagSetEntry set, boolean pretty) {
        return text(FlagDocument.of(set).json(), pretty);
    }

    /** A set as flagd's clients are sent it: references replaced. A set that does not exist has no flags. */
    public static String resolvedDocument(@Nullable FlagSetEntry set) {
        return FlagDocument.of(set).resolvedJson().toString();
    }

    /** One definition. */
    public static String definition(FlagEntry flag, boolean pretty) {
        return pretty ? text(FlagJson.parse(flag.definition(), "$"), true) : flag.definition();
    }

    /** The value of an evaluation; {@code null} where there is none. */
    public static String value(Evaluation evaluation) {
        JsonElement value = evaluation.value();
        return value == null ? "null" : value.toString();
    }

    private static String text(JsonElement element, boolean pretty) {
        return pretty ? PRETTY.toJson(element) + "\n" : element.toString();
    }
}
