package dev.coord.server.http;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How old an answer out of a cache a client takes.
 *
 * @param mustRevalidate none: a server is asked
 * @param maxAgeSeconds the oldest; {@link #ANY_AGE}: not said
 * @param staleIfErrorSeconds the oldest when no server answers; 0: not said
 */
record CacheControl(boolean mustRevalidate, long maxAgeSeconds, long staleIfErrorSeconds) {

    static final long ANY_AGE = -1;

    /**
     * Reads the header of this name; what it says beside these three is for others.
     *
     * @throws HttpError 400 for an age that is none
     */
    static CacheControl of(@Nullable String header) {
        boolean mustRevalidate = false;
        long maxAge = ANY_AGE;
        long staleIfError = 0;
        for (String part : header == null ? new String[0] : header.split(",", -1)) {
            String directive = part.strip().toLowerCase(Locale.ROOT);
            if (directive.equals("must-revalidate")) {
                mustRevalidate = true;
            } else if (directive.startsWith("max-age=")) {
                maxAge = seconds(directive);
            } else if (directive.startsWith("stale-if-error=")) {
                staleIfError = seconds(directive);
            }
        }
        return new CacheControl(mustRevalidate, maxAge, staleIfError);
    }

    private static long seconds(String directive) {
        String number = directive.substring(directive.indexOf('=') + 1);
        try {
            return Integer.parseUnsignedInt(number) & 0xffff_ffffL;
        } catch (NumberFormatException e) {
            throw HttpError.badRequest("Invalid Cache-Control header: \"" + directive + "\" is no number of seconds");
        }
    }

    /** Whether an answer of this age must be asked for anew. */
    boolean refuses(long ageSeconds) {
        return mustRevalidate || (maxAgeSeconds != ANY_AGE && ageSeconds > maxAgeSeconds);
    }
}
