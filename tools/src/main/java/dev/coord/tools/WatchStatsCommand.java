package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.WatchStats;
import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "stats",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what one server's hub of watches holds and has done: each shard, and the busiest subjects.",
            "Asks the first address that answers; needs no leader. Counts run since the hub was opened."
        })
final class WatchStatsCommand implements Callable<Integer> {

    private static final int TOP_MAX = 1_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many of the busiest subjects, 1 to " + TOP_MAX + " (default: ${DEFAULT-VALUE}).")
    private int top;

    @Override
    public Integer call() {
        if (top < 1 || top > TOP_MAX) {
            throw new StartupException(ExitCode.USAGE, "--top " + top + ": 1 to " + TOP_MAX);
        }
        WatchStats stats;
        try (CoordClient client = connection.open()) {
            stats = client.watchStats(top);
        }
        spec.commandLine().getOut().println(connection.json() ? json(stats) : text(stats));
        return ExitCode.OK.status();
    }

    private static String text(WatchStats stats) {
        String nl = System.lineSeparator();
        return stats.server() + ": hub " + stats.hubShape() + ", " + stats.streams() + " streams, " + stats.waiters()
                + " waiting polls" + nl + nl + shards(stats) + nl + nl
                + (stats.busiest().isEmpty()
                        ? "Nothing is watched."
                        : busiest(stats).toString());
    }

    private static TextTable shards(WatchStats stats) {
        TextTable table = new TextTable(
                "SHARD", "SUBJECTS", "STREAMS", "WAITING", "EVENTS", "WAKEUPS", "RESETS", "RING", "INBOX", "LAG");
        for (int i = 0; i < stats.shards().size(); i++) {
            WatchStats.Shard shard = stats.shards().get(i);
            table.add(
                    String.valueOf(i),
                    String.valueOf(shard.channels()),
                    String.valueOf(shard.subscriptions()),
                    String.valueOf(shard.waiters()),
                    String.valueOf(shard.events()),
                    String.valueOf(shard.wakeups()),
                    String.valueOf(shard.resets()),
                    kilobytes(shard.ringBytes()),
                    String.valueOf(shard.inboxDepth()),
                    String.valueOf(shard.lagRevisions()));
        }
        return table;
    }

    private static TextTable busiest(WatchStats stats) {
        TextTable table = new TextTable("SUBJECT", "WATCHERS", "EVENTS", "WAKEUPS", "RESETS", "RING");
        for (WatchStats.Subject subject : stats.busiest()) {
            table.add(
                    subject.toString(),
                    String.valueOf(subject.watchers()),
                    String.valueOf(subject.events()),
                    String.valueOf(subject.wakeups()),
                    String.valueOf(subject.resets()),
                    kilobytes(subject.ringBytes()));
        }
        return table;
    }

    private static String kilobytes(long bytes) {
        return (bytes + 1_023) / 1_024 + "kB";
    }

    private static JsonText json(WatchStats stats) {
        JsonText json = new JsonText()
                .object()
                .put("server", stats.server())
                .put("hub_shape", stats.hubShape())
                .put("streams", stats.streams())
                .put("waiters", stats.waiters())
                .array("shards");
        for (WatchStats.Shard shard : stats.shards()) {
            json.object()
                    .put("channels", shard.channels())
                    .put("subscriptions", shard.subscriptions())
                    .put("waiters", shard.waiters())
                    .put("events", shard.events())
                    .put("wakeups", shard.wakeups())
                    .put("resets", shard.resets())
                    .put("ring_bytes", shard.ringBytes())
                    .put("inbox_depth", shard.inboxDepth())
                    .put("lag_revisions", shard.lagRevisions())
                    .end();
        }
        json.endArray().array("busiest");
        for (WatchStats.Subject subject : stats.busiest()) {
            json.object()
                    .put("topic", subject.topic())
                    .put("key", subject.key())
                    .put("prefix", subject.prefix())
                    .put("watchers", subject.watchers())
                    .put("events", subject.events())
                    .put("wakeups", subject.wakeups())
                    .put("resets", subject.resets())
                    .put("ring_bytes", subject.ringBytes())
                    .end();
        }
        return json.endArray().end();
    }
}
