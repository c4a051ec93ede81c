package dev.coord.server.flags;

import com.google.gson.JsonElement;
import org.jspecify.annotations.Nullable;

/**
 * What a flag comes to for one context. Immutable.
 *
 * @param variant null with an error
 * @param value of the variant; null with an error
 * @param reason as OpenFeature says it
 * @param error why a client would take the default in its code; null: it would not
 */
public record Evaluation(
        @Nullable String variant,
        @Nullable JsonElement value,
        Reason reason,
        @Nullable String error) {

    /** How it came about. */
    public enum Reason {
        /** There is no targeting. */
        STATIC,
        /** Targeting said nothing. */
        DEFAULT,
        TARGETING_MATCH,
        ERROR
    }

    static Evaluation of(String variant, JsonElement value, Reason reason) {
        return new Evaluation(variant, value, reason, null);
    }

    static Evaluation failed(String error) {
        return new Evaluation(null, null, Reason.ERROR, error);
    }
}
