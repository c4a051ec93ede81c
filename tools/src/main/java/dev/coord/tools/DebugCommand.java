package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.Version;
import dev.coord.tools.ServerCapture.Outcome;
import dev.coord.tools.ServerCapture.Skipped;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "debug",
        mixinStandardHelpOptions = true,
        description = {
            "Puts what servers tell of themselves over a while into one archive: metrics, agent/self, members, Raft, watches,"
                    + " log, configuration (secrets hidden), threads, log lines, and a flight recording with --flight.",
            "Asks all servers that the first one knows of; needs no leader. A server that does not answer is left out, and"
                    + " named. Status 9: something is missing; 7: no server answered."
        })
final class DebugCommand implements Callable<Integer> {

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int DURATION_SECONDS_MAX = 300;
    private static final int MEGABYTES_MAX = 4_096;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HttpConnection http;

    @Option(
            names = {"--duration", "-duration"},
            paramLabel = "DURATION",
            defaultValue = "10s",
            description = "How long to look, up to 5m (default: ${DEFAULT-VALUE}).")
    private String duration;

    @Option(
            names = {"--interval", "-interval"},
            paramLabel = "DURATION",
            defaultValue = "1s",
            description = "Between two looks at the metrics, 1s at least (default: ${DEFAULT-VALUE}).")
    private String interval;

    @Option(
            names = {"--output", "-output"},
            paramLabel = "FILE",
            description = "The archive, which must not exist (default: coord-debug-TIME.tar.gz).")
    private @Nullable Path output;

    @Option(names = "--given-only", description = "Ask only the servers of --http-addr, all of them.")
    private boolean givenOnly;

    @Option(
            names = "--flight",
            description = "With a flight recording of each server, for as long. Needs operator:read, or without ACLs"
                    + " enable_debug = true on the server.")
    private boolean flight;

    @Option(
            names = "--max-mb",
            paramLabel = "N",
            defaultValue = "256",
            description = "The most that is put in before compression; what comes later is left out, and named"
                    + " (default: ${DEFAULT-VALUE}).")
    private int megabytesMax;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerCapture.Plan plan = plan();
        boolean json = http.json();
        Instant now = Instant.now();
        String root = "coord-debug-" + STAMP.format(now);
        Path file = output == null ? Path.of(root + ".tar.gz") : output;
        List<String> notes = new ArrayList<>();
        List<ServerAddresses.Place> places = ServerAddresses.of(http, !givenOnly, PATIENCE, notes);
        List<Outcome> outcomes;
        String summary;
        boolean complete;
        try (ScratchDirectory scratch = ScratchDirectory.make();
                DebugArchive archive = open(file, root, now)) {
            if (!json) {
                Console.note(
                        spec,
                        "Looking at "
                                + String.join(
                                        ", ",
                                        places.stream()
                                                .map(ServerAddresses.Place::label)
                                                .toList()) + " for "
                                + plan.duration().toSeconds() + " s ...");
            }
            outcomes = capture(places, archive, scratch.path(), plan);
            complete = notes.isEmpty()
                    && outcomes.stream().allMatch(one -> one.skipped().isEmpty());
            summary = summary(file, plan, archive, outcomes, notes, complete);
            archive.addAlways("summary.json", (summary + "\n").getBytes(StandardCharsets.UTF_8));
        }
        boolean anyAnswered = outcomes.stream().anyMatch(Outcome::answered);
        if (!anyAnswered) {
            Files.deleteIfExists(file);
        }
        if (json) {
            Console.say(summary);
        } else {
            tell(file, outcomes, notes, anyAnswered);
        }
        ExitCode code = !anyAnswered ? ExitCode.UNREACHABLE : complete ? ExitCode.OK : ExitCode.PARTIAL;
        return code.status();
    }

    private ServerCapture.Plan plan() {
        Duration whole = DurationOption.of("--duration", duration);
        Duration between = DurationOption.of("--interval", interval);
        if (whole.toSeconds() > DURATION_SECONDS_MAX || whole.toSeconds() < 1) {
            throw new StartupException(
                    ExitCode.USAGE, "--duration " + duration + ": from 1s to " + DURATION_SECONDS_MAX + "s");
        }
        if (between.toSeconds() < 1) {
            throw new StartupException(ExitCode.USAGE, "--interval " + interval + ": at least 1s");
        }
        if (megabytesMax < 1 || megabytesMax > MEGABYTES_MAX) {
            throw new StartupException(ExitCode.USAGE, "--max-mb " + megabytesMax + ": from 1 to " + MEGABYTES_MAX);
        }
        return new ServerCapture.Plan(whole, between, flight);
    }

    private DebugArchive open(Path file, String root, Instant now) {
        try {
            return new DebugArchive(file, root, (long) megabytesMax << 20, now.toEpochMilli());
        } catch (FileAlreadyExistsException e) {
            throw new StartupException(ExitCode.FAILED, file + " exists already: name another with --output", e);
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, file + " can't be written: " + e, e);
        }
    }

    /** All at once: a server that does not answer holds up no other. */
    private List<Outcome> capture(
            List<ServerAddresses.Place> places, DebugArchive archive, Path scratch, ServerCapture.Plan plan)
            throws IOException {
        List<CompletableFuture<Outcome>> underWay = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            ServerAddresses.Place place = places.get(i);
            Path own = Files.createDirectory(scratch.resolve("server-" + i));
            underWay.add(CompletableFuture.supplyAsync(
                    () -> captureOne(place, archive, own, plan),
                    task -> ServerCapture.thread(task, "coord-debug-" + place.label())
                            .start()));
        }
        try {
            return underWay.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StartupException told ? told : e;
        }
    }

    private Outcome captureOne(
            ServerAddresses.Place place, DebugArchive archive, Path scratch, ServerCapture.Plan plan) {
        try (HttpTransport transport = http.open(place.target())) {
            return new ServerCapture(place, transport, archive, scratch, plan).run();
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "the archive can't be written: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException(ExitCode.FAILED, "interrupted", e);
        }
    }

    private static String summary(
            Path file,
            ServerCapture.Plan plan,
            DebugArchive archive,
            List<Outcome> outcomes,
            List<String> notes,
            boolean complete) {
        JsonText json = new JsonText()
                .object()
                .put("archive", file.toString())
                .put("version", Version.current())
                .put("duration_seconds", plan.duration().toSeconds())
                .put("interval_seconds", plan.interval().toSeconds())
                .put("files", archive.files())
                .put("bytes", archive.bytes())
                .put("complete", complete)
                .put("notes", notes)
                .array("servers");
        for (Outcome one : outcomes) {
            json.object()
                    .put("name", one.server())
                    .put("address", one.address())
                    .put("answered", one.answered())
                    .put("files", one.files())
                    .array("skipped");
            for (Skipped skipped : one.skipped()) {
                json.object()
                        .put("what", skipped.what())
                        .put("why", skipped.why())
                        .end();
            }
            json.endArray().end();
        }
        return json.endArray().end().toString();
    }

    private void tell(Path file, List<Outcome> outcomes, List<String> notes, boolean anyAnswered) {
        for (Outcome one : outcomes) {
            if (one.answered()) {
                Console.say(one.server() + ": " + one.files() + " files");
            }
            one.skipped()
                    .forEach(skipped -> Console.note(
                            spec, "coord: " + one.server() + ": without " + skipped.what() + ": " + skipped.why()));
        }
        notes.forEach(note -> Console.note(spec, "coord: " + note));
        if (anyAnswered) {
            Console.say("Saved to " + file);
        } else {
            Console.note(spec, "coord: no server answered: there is no archive");
        }
    }
}
