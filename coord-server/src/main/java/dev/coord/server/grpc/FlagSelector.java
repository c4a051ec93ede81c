package dev.coord.server.grpc;

import dev.coord.server.flags.FlagWrites;
import org.jspecify.annotations.Nullable;

/** Which set a client of flagd's asks for. */
final class FlagSelector {

    /** What a client gets that asks for nothing. */
    static final String DEFAULT_SET = "default";

    private static final String BY_ID = "flagSetId=";

    private FlagSelector() {}

    /**
     * @param header what newer clients send; null: none
     * @param field what older ones send, and newer ones besides; empty: none
     */
    static String set(@Nullable String header, String field) {
        String selector = header == null || header.isEmpty() ? field : header;
        String set = selector.startsWith(BY_ID) ? selector.substring(BY_ID.length()) : selector;
        if (set.isEmpty()) {
            return DEFAULT_SET;
        }
        if (set.contains("=") || set.contains(",")) {
            throw Statuses.invalid(
                    "selector \"" + selector + "\": name a flag set, as NAME or flagSetId=NAME; no other selectors");
        }
        FlagWrites.requireName(set);
        return set;
    }
}
