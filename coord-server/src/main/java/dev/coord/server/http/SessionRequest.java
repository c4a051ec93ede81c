package dev.coord.server.http;

import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.SessionEntry;
import dev.coord.server.command.SessionEntry.Behavior;
import java.util.List;
import java.util.OptionalLong;

/** Makes a session of what a client asked for. */
final class SessionRequest {

    private static final int UUID_CHARS = 36;
    private static final long NANOS_PER_MILLI = 1_000_000;
    /** A lock delay that is a number below this means seconds, as in Consul; from here on nanoseconds. */
    private static final long LOCK_DELAY_NANOS_MIN = 1_000;
    /** The check by which the cluster follows a server's life. */
    private static final List<String> NODE_CHECKS_DEFAULT = List.of("serfHealth");

    private SessionRequest() {}

    static SessionEntry read(JsonBody body, String id, String ownNode) {
        boolean oldChecks = body.has("Checks");
        List<String> nodeChecks = oldChecks
                ? body.strings("Checks")
                : body.optionalStrings("NodeChecks").orElse(NODE_CHECKS_DEFAULT);
        List<String> serviceChecks = body.objects("ServiceChecks").stream()
                .map(check -> check.string("ID"))
                .toList();
        return new SessionEntry(
                id,
                body.string("Name"),
                body.string("Node", ownNode),
                behavior(body.string("Behavior")),
                ttlMillis(body.string("TTL")),
                lockDelayMillis(body.durationNanos("LockDelay")),
                nodeChecks,
                serviceChecks,
                0,
                0);
    }

    /** As in Consul, an id that could be nobody's is refused, and not only unknown. */
    static String requireId(String id) {
        if (id.length() != UUID_CHARS) {
            throw HttpError.internal("failed session lookup: index error: UUID must be " + UUID_CHARS + " characters");
        }
        return id;
    }

    private static Behavior behavior(String text) {
        return switch (text) {
            case "", "release" -> Behavior.RELEASE;
            case "delete" -> Behavior.DELETE;
            default -> throw HttpError.internal("Invalid Behavior setting '" + text + "'");
        };
    }

    private static long ttlMillis(String text) {
        if (text.isEmpty()) {
            return 0;
        }
        OptionalLong nanos = GoDuration.parseNanos(text);
        if (nanos.isEmpty()) {
            throw HttpError.internal("Session TTL '" + text + "' invalid: invalid duration \"" + text + "\"");
        }
        long millis = nanos.getAsLong() / NANOS_PER_MILLI;
        if (millis != 0
                && (millis < CommandLimits.SESSION_TTL_MILLIS_MIN || millis > CommandLimits.SESSION_TTL_MILLIS_MAX)) {
            throw HttpError.internal("Invalid Session TTL '" + text + "', must be between ["
                    + GoDuration.format(CommandLimits.SESSION_TTL_MILLIS_MIN * NANOS_PER_MILLI) + "="
                    + GoDuration.format(CommandLimits.SESSION_TTL_MILLIS_MAX * NANOS_PER_MILLI) + "]");
        }
        return millis;
    }

    private static long lockDelayMillis(OptionalLong given) {
        if (given.isEmpty()) {
            return CommandLimits.LOCK_DELAY_MILLIS_DEFAULT;
        }
        long number = given.getAsLong();
        if (number < 0) {
            throw HttpError.badRequest("Invalid LockDelay '" + GoDuration.format(number) + "': it is negative");
        }
        return number < LOCK_DELAY_NANOS_MIN ? number * 1_000 : number / NANOS_PER_MILLI;
    }
}
