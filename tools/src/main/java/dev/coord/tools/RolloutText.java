package dev.coord.tools;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rollouts for people. */
final class RolloutText {

    private static final String NL = System.lineSeparator();
    /** By the names of guards, those of the figures that servers report. */
    private static final Map<String, String> FIELDS = Map.of(
            "commit-p99", "CommitP99Ms",
            "sync-p99", "SyncP99Ms",
            "event-lag-p99", "EventLagP99Ms",
            "apply-queue", "ApplyQueue",
            "cpu", "CpuPercent",
            "error-rate", "ErrorPercent");

    private static final Map<String, String> UNITS =
            Map.of("commit-p99", " ms", "sync-p99", " ms", "event-lag-p99", " ms", "cpu", "%", "error-rate", "%");
    /** In place of a figure that nobody has, or has yet. */
    private static final String UNKNOWN = "-";

    private RolloutText() {}

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    private static String what(JsonObject rollout) {
        String service = rollout.getString("Service");
        return rollout.getString("Feature") + " to " + rollout.getString("To")
                + (service.isEmpty() ? "" : " for " + service);
    }

    private static String phase(JsonObject rollout) {
        return rollout.getString("Phase") + (rollout.getBoolean("Paused") ? ", paused" : "");
    }

    /** @param signals of each server; empty: they are left out */
    static String status(JsonObject rollout, JsonArray signals) {
        StringBuilder text = new StringBuilder(what(rollout))
                .append(": ")
                .append(phase(rollout))
                .append(", at ")
                .append(rollout.getInteger("Percent"))
                .append("% of ")
                .append(rollout.getJsonArray("Steps").stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ")))
                .append(" since ")
                .append(rollout.getString("Since"));
        append(text, "begun    ", "by " + rollout.getString("Author"));
        append(text, "reason   ", rollout.getString("Reason"));
        append(text, "waits    ", rollout.getString("WaitingFor"));
        append(text, "reaches  ", reach(rollout.getJsonObject("Reach")));
        List<JsonObject> events = objects(rollout.getJsonArray("Events"));
        if (!events.isEmpty()) {
            append(text, "last     ", event(events.get(events.size() - 1)));
        }
        for (JsonObject guard : objects(rollout.getJsonArray("Guards"))) {
            String field = FIELDS.get(guard.getString("Signal"));
            String now = field == null
                    ? ""
                    : objects(signals).stream()
                            .filter(server -> server.containsKey(field)) // a server of an older build says less
                            .map(server -> server.getString("Server") + " "
                                    + value(guard.getString("Signal"), server.getDouble(field)))
                            .collect(Collectors.joining(", "));
            text.append(NL).append("  ").append(judged(rollout, guard)).append(now.isEmpty() ? "" : "; now " + now);
        }
        return text.toString();
    }

    /** A signal, what was usual, and above what it is broken. */
    private static String judged(JsonObject rollout, JsonObject guard) {
        String signal = guard.getString("Signal");
        String usual = objects(rollout.getJsonArray("BaselineFigures")).stream()
                .filter(figure -> figure.getString("Signal").equals(signal))
                .map(figure -> value(signal, figure.getDouble("Value")))
                .findFirst()
                .orElse(UNKNOWN);
        Double limit = guard.getDouble("Limit");
        return String.format(
                Locale.ROOT,
                "%-14s baseline %s, limit %s",
                signal,
                usual,
                limit == null ? UNKNOWN : value(signal, limit));
    }

    private static String reach(@Nullable JsonObject reach) {
        if (reach == null) {
            return "";
        }
        List<String> names =
                reach.getJsonArray("Names").stream().map(String::valueOf).toList();
        boolean more = names.size() < reach.getInteger("Count");
        return reach.getInteger("Count") + " of " + reach.getInteger("Of")
                + (names.isEmpty() ? ": it proves nothing" : ": " + String.join(", ", names) + (more ? ", ..." : ""));
    }

    private static String value(String signal, double value) {
        boolean whole = value >= 100 || value == Math.rint(value);
        return String.format(Locale.ROOT, whole ? "%.0f" : "%.1f", value) + UNITS.getOrDefault(signal, "");
    }

    private static void append(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append(NL).append("  ").append(name).append(value);
        }
    }

    static TextTable table(JsonArray rollouts) {
        TextTable table = new TextTable("FEATURE", "TO", "SERVICE", "PHASE", "AT", "SINCE", "BY");
        for (JsonObject rollout : objects(rollouts)) {
            table.add(
                    rollout.getString("Feature"),
                    rollout.getString("To"),
                    rollout.getString("Service"),
                    phase(rollout),
                    rollout.getInteger("Percent") + "%",
                    rollout.getString("Since"),
                    rollout.getString("Author"));
        }
        return table;
    }

    /** The newest first; within one the oldest event first, each with what it was judged by. */
    static String history(JsonArray rollouts) {
        return objects(rollouts).stream()
                .map(rollout -> what(rollout)
                        + NL
                        + objects(rollout.getJsonArray("Events")).stream()
                                .map(event -> "  " + event(event) + figures(rollout, event))
                                .collect(Collectors.joining(NL)))
                .collect(Collectors.joining(NL));
    }

    private static String event(JsonObject event) {
        String reason = event.getString("Reason");
        Integer from = event.getInteger("From");
        Integer to = event.getInteger("Percent");
        return event.getString("Time") + "  " + event.getString("Kind")
                + (from == null || from.equals(to) ? " at " : " from " + from + "% to ") + to
                + "% by " + event.getString("Author") + (reason.isEmpty() ? "" : ": " + reason);
    }

    private static String figures(JsonObject rollout, JsonObject event) {
        List<JsonObject> figures = objects(event.getJsonArray("Figures"));
        StringBuilder text = new StringBuilder();
        for (JsonObject guard : objects(rollout.getJsonArray("Guards"))) {
            String signal = guard.getString("Signal");
            String measured = figures.stream()
                    .filter(figure -> figure.getString("Signal").equals(signal))
                    .filter(figure -> figure.containsKey("Server")) // the others are the baseline itself
                    .map(figure -> figure.getString("Server") + " " + value(signal, figure.getDouble("Value")))
                    .collect(Collectors.joining(", "));
            if (!figures.isEmpty()) {
                text.append(NL)
                        .append("    ")
                        .append(judged(rollout, guard))
                        .append(measured.isEmpty() ? "" : "; was " + measured);
            }
        }
        return text.toString();
    }
}
