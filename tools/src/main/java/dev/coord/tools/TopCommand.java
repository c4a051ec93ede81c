package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.TopSampler.Seen;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Shows what every server does, anew each second, until Ctrl-C: role, term, indexes, writes, latencies, queue, watchers,"
                    + " event lag, heap, room on the disk. Needs no leader; servers that do not answer are named.",
            "Latencies are what one in a hundred exceeded since the last look. WRITES/S and COMMIT99 count what clients brought to"
                    + " that server.",
            "With --once: status 9 when a server did not answer, 7 when none did."
        })
final class TopCommand implements Callable<Integer> {

    private static final int PLACES_EVERY_LOOKS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** The first question of a process takes longer. */
    private static final Duration FIRST_PATIENCE = Duration.ofSeconds(10);

    private static final String HOME = "\u001b[H";
    private static final String TO_LINE_END = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    @Mixin
    private HttpConnection http;

    @Option(names = "--once", description = "Look for one interval, print, and end.")
    private boolean once;

    @Option(
            names = "--interval",
            paramLabel = "DURATION",
            defaultValue = "1s",
            description = "Between two looks, 100ms to 1m (default: ${DEFAULT-VALUE}).")
    private String interval;

    @Option(names = "--given-only", description = "Only the servers of --http-addr, all of them.")
    private boolean givenOnly;

    @Override
    public Integer call() throws InterruptedException {
        Duration between = DurationOption.of("--interval", interval);
        if (between.toMillis() < 100 || between.toSeconds() > 60) {
            throw new StartupException(ExitCode.USAGE, "--interval " + interval + ": from 100ms to 1m");
        }
        boolean json = http.json();
        List<String> notes = new ArrayList<>();
        List<ServerAddresses.Place> places = ServerAddresses.of(http, !givenOnly, FIRST_PATIENCE, notes);
        try (TopSampler sampler = new TopSampler(http, PATIENCE)) {
            var unused = sampler.look(places);
            for (int look = 1; ; look++) {
                Thread.sleep(between.toMillis());
                List<Seen> seen = sampler.look(places);
                if (json) {
                    Console.say(json(seen, notes));
                } else if (once) {
                    Console.say(screen(seen, notes));
                } else {
                    String text = HOME + screen(seen, notes).replace("\n", TO_LINE_END + "\n") + TO_LINE_END + "\n"
                            + CLEAR_BELOW;
                    Console.write(text.getBytes(StandardCharsets.UTF_8));
                }
                if (once) {
                    return status(seen, notes).status();
                }
                if (look % PLACES_EVERY_LOOKS == 0) {
                    List<String> newer = new ArrayList<>();
                    List<ServerAddresses.Place> found = ServerAddresses.of(http, !givenOnly, PATIENCE, newer);
                    // When all are silent nobody says who there is: who was known goes on being asked.
                    if (found.size() >= places.size()) {
                        places = found;
                        notes = newer;
                    }
                }
            }
        }
    }

    private static ExitCode status(List<Seen> seen, List<String> notes) {
        if (seen.stream().noneMatch(Seen::answered)) {
            return ExitCode.UNREACHABLE;
        }
        return notes.isEmpty() && seen.stream().allMatch(Seen::answered) ? ExitCode.OK : ExitCode.PARTIAL;
    }

    private static String screen(List<Seen> seen, List<String> notes) {
        TextTable table = new TextTable(TopRow.HEADINGS);
        StringBuilder below = new StringBuilder();
        String leader = "no leader";
        int answered = 0;
        for (Seen one : seen) {
            TopRow row = one.row();
            answered += one.answered() ? 1 : 0;
            if (row != null) {
                table.add(row.cells(one.place().label()));
                leader = row.role().equals("leader") ? "leader " + one.place().label() : leader;
            } else {
                below.append('\n')
                        .append(one.place().label())
                        .append(": ")
                        .append(one.answered() ? "back" : one.silence());
            }
        }
        notes.forEach(note -> below.append('\n').append(note));
        return "coord top  " + LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + "  "
                + seen.size() + " servers, " + answered + " answer, " + leader + "\n\n" + table + below;
    }

    private static String json(List<Seen> seen, List<String> notes) {
        JsonText json = new JsonText().object().put("notes", notes).array("servers");
        for (Seen one : seen) {
            json.object()
                    .put("name", one.place().label())
                    .put("address", one.place().target().text())
                    .put("answered", one.answered());
            TopRow row = one.row();
            if (row != null) {
                row.write(json);
            } else {
                json.put("why", one.silence());
            }
            json.end();
        }
        return json.endArray().end().toString();
    }
}
