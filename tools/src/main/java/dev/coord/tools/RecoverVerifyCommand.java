package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.rescue.Rescue;
import dev.coord.server.rescue.Rescued;
import dev.coord.server.rescue.StateComparison;
import dev.coord.server.rescue.StateComparison.Difference;
import dev.coord.server.rescue.StateRecord;
import dev.coord.server.state.State;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Compares two data directories, or one with a running cluster, key by key.",
            "Exit status: 0 alike, 8 different, or one of them is not whole."
        })
final class RecoverVerifyCommand implements Callable<Integer> {

    private static final int DIFFERENCES_SHOWN = 50;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "A", description = "A data directory, or part of one, or a snapshot's file.")
    private Path first;

    @Parameters(index = "1", arity = "0..1", paramLabel = "B", description = "Another.")
    private @Nullable Path second;

    @Option(
            names = "--against",
            paramLabel = "http://HOST:PORT",
            description = "A running cluster instead of B: a snapshot is asked of it.")
    private @Nullable URI against;

    @Option(
            names = "--token",
            paramLabel = "SECRET",
            description = "The token to show it, a management one (default: $CONSUL_HTTP_TOKEN).")
    private @Nullable String token;

    @Option(
            names = "--what",
            paramLabel = "kv|catalog|flags|acl|all",
            defaultValue = "all",
            description = "Which part (default: ${DEFAULT-VALUE}).")
    private String what;

    @Option(
            names = "--ignore-revisions",
            description = "Content alone counts: for what was written anew rather than copied.")
    private boolean ignoreRevisions;

    @Option(names = "--json", description = "Answer as one JSON object.")
    private boolean json;

    @Mixin
    private RescueOptions options;

    @Override
    public Integer call() {
        StateRecord.Part part = RecoverExportCommand.part(what);
        URI cluster = against;
        Path other = second;
        if ((cluster == null) == (other == null)) {
            throw new StartupException(ExitCode.USAGE, "give a second directory or --against, one of them");
        }
        CompletableFuture<Rescued> reading = other == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.supplyAsync(() -> options.read(other, ProgressListener.NONE));
        Rescued mine;
        try (ProgressBar bar = new ProgressBar(spec.commandLine().getErr())) {
            mine = options.read(first, bar);
        }
        Rescued theirs = joined(reading);
        State compared = cluster == null ? theirs.state() : ask(cluster);
        StateComparison result = StateComparison.of(mine.state(), compared, part, !ignoreRevisions);
        boolean whole = mine.whole() && (theirs == null || theirs.whole());
        PrintWriter out = spec.commandLine().getOut();
        String name = cluster == null ? String.valueOf(other) : cluster.toString();
        if (json) {
            out.println(json(result, whole, name));
        } else {
            print(out, result, name);
            noteMissing(out, first.toString(), mine);
            noteMissing(out, name, theirs);
        }
        return (result.differencesInAll() == 0 && whole ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    private static @Nullable Rescued joined(CompletableFuture<Rescued> reading) {
        try {
            return reading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private State ask(URI cluster) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(cluster.resolve("/v1/snapshot")).timeout(PATIENCE);
        String secret = token != null ? token : System.getenv("CONSUL_HTTP_TOKEN");
        if (secret != null && !secret.isBlank()) {
            request.header("X-Consul-Token", secret.strip());
        }
        try {
            Path file = Files.createTempFile("coord-verify", ".snap");
            try {
                HttpResponse<Path> answer = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()
                        .send(request.build(), HttpResponse.BodyHandlers.ofFile(file));
                if (answer.statusCode() != 200) {
                    throw new StartupException(
                            ExitCode.FAILED,
                            cluster + " gives no snapshot: " + answer.statusCode() + " "
                                    + Files.readString(file).strip());
                }
                return Rescue.state(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new StartupException(ExitCode.UNREACHABLE, "no snapshot from " + cluster + ": " + e, e);
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, "--against " + cluster + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException(ExitCode.UNREACHABLE, "interrupted while waiting for " + cluster, e);
        }
    }

    private void print(PrintWriter out, StateComparison result, String other) {
        out.println((result.differencesInAll() == 0 ? "alike" : "DIFFERENT") + ": "
                + Figures.count(result.same(), "record is", "records are") + " the same in " + first + " and " + other
                + ", " + Figures.count(result.differencesInAll()) + " are not");
        for (Difference difference : result.differences()
                .subList(0, Math.min(DIFFERENCES_SHOWN, result.differences().size()))) {
            String how =
                    switch (difference.how()) {
                        case ONLY_FIRST -> "only in " + first;
                        case ONLY_SECOND -> "only in " + other;
                        case DIFFERENT -> "different";
                    };
            out.println("  " + difference.kind() + " " + difference.name() + ": " + how);
        }
        if (result.differencesInAll() > DIFFERENCES_SHOWN) {
            out.println("  and " + Figures.count(result.differencesInAll() - DIFFERENCES_SHOWN)
                    + " more; --json tells the first " + StateComparison.DIFFERENCES_MAX);
        }
    }

    private static void noteMissing(PrintWriter out, String name, @Nullable Rescued found) {
        if (found != null && !found.whole()) {
            out.println(name + " is NOT WHOLE:");
            RescueOptions.printNotes(out, found);
        }
    }

    private String json(StateComparison result, boolean whole, String other) {
        JsonText text = new JsonText()
                .object()
                .put("first", first.toString())
                .put("second", other)
                .put("whole", whole)
                .put("same", result.same())
                .put("different", result.differencesInAll())
                .array("differences");
        for (Difference difference : result.differences()) {
            text.object()
                    .put("how", difference.how().name().toLowerCase(Locale.ROOT))
                    .put("kind", difference.kind())
                    .put("name", difference.name())
                    .end();
        }
        return text.endArray().end().toString();
    }
}
