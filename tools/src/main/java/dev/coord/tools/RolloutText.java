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
        append(text, "reason   ", rollout.getString("Reason"));
        append(text, "waits    ", rollout.getString("WaitingFor"));
        append(text, "reaches  ", reach(rollout.getJsonObject("Reach")));
        for (JsonObject guard : objects(rollout.getJsonArray("Guards"))) {
            String signal = guard.getString("Signal");
            double usual = objects(rollout.getJsonArray("BaselineFigures")).stream()
                    .filter(figure -> figure.getString("Signal").equals(signal))
                    .mapToDouble(figure -> figure.getDouble("Value"))
                    .findFirst()
                    .orElse(0);
            double limit = Math.max(usual * guard.getDouble("Factor"), guard.getDouble("Floor"));
            String field = FIELDS.get(signal);
            String now = field == null
                    ? ""
                    : objects(signals).stream()
                            .filter(server -> server.containsKey(field)) // a server of an older build says less
                            .map(server -> server.getString("Server") + " " + number(server.getDouble(field)))
                            .collect(Collectors.joining(", "));
            text.append(NL)
                    .append(String.format(
                            Locale.ROOT,
                            "  %-14s baseline %s, limit %s%s",
                            signal,
                            number(usual),
                            number(limit),
                            now.isEmpty() ? "" : "; now " + now));
        }
        return text.toString();
    }

    private static String reach(@Nullable JsonObject reach) {
        if (reach == null) {
            return "";
        }
        List<String> names =
                reach.getJsonArray("Names").stream().map(String::valueOf).toList();
        boolean more = names.size() < reach.getInteger("Count");
        return reach.getInteger("Count") + " of " + reach.getInteger("Of")
                + (names.isEmpty() ? "" : ": " + String.join(", ", names) + (more ? ", ..." : ""));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.1f", value);
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

    /** The newest first. */
    static String history(JsonArray rollouts) {
        return objects(rollouts).stream()
                .map(rollout -> what(rollout)
                        + NL
                        + objects(rollout.getJsonArray("Events")).stream()
                                .map(RolloutText::event)
                                .collect(Collectors.joining(NL)))
                .collect(Collectors.joining(NL));
    }

    private static String event(JsonObject event) {
        String reason = event.getString("Reason");
        return "  " + event.getString("Time") + "  " + event.getString("Kind") + " at " + event.getInteger("Percent")
                + "% by " + event.getString("Author") + (reason.isEmpty() ? "" : ": " + reason);
    }
}
