package dev.coord.tools;

import dev.coord.server.StartupException;
import io.vertx.core.json.DecodeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Brings what one server tells of itself into the archive, on a thread of its own. What can't be had is noted, and the rest goes
 * on; a server that stops answering is left at once.
 */
final class ServerCapture {

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** For what a server needs time to make. */
    private static final Duration LONG_PATIENCE = Duration.ofSeconds(15);

    private static final long LOG_BYTES_MAX = 8L << 20;
    private static final long FLIGHT_BYTES_MAX = 32L << 20;

    /**
     * What is wanted.
     *
     * @param duration how long to look
     * @param interval between two looks at the metrics
     * @param flight with a flight recording
     */
    record Plan(Duration duration, Duration interval, boolean flight) {}

    /** Something that is not in the archive. */
    record Skipped(String what, String why) {}

    /**
     * How it went.
     *
     * @param server its name, or its address where that is all that is known
     * @param files how many are in the archive
     */
    record Outcome(String server, String address, boolean answered, int files, List<Skipped> skipped) {}

    private final ServerAddresses.Place place;
    private final HttpTransport transport;
    private final DebugArchive archive;
    private final Path scratch;
    private final Plan plan;
    private final List<Skipped> skipped = new ArrayList<>();
    private String name;
    private int files;
    private boolean answers = true;

    /** @param scratch a directory of this capture's own */
    ServerCapture(ServerAddresses.Place place, HttpTransport transport, DebugArchive archive, Path scratch, Plan plan) {
        this.place = place;
        this.transport = transport;
        this.archive = archive;
        this.scratch = scratch;
        this.plan = plan;
        this.name = place.label();
    }

    /** Takes the plan's duration, and a little. */
    Outcome run() throws IOException, InterruptedException {
        HttpAnswer self = ask("agent/self", "/v1/agent/self", PATIENCE);
        if (!answers) {
            return new Outcome(name, place.target().text(), false, files, List.copyOf(skipped));
        }
        if (self != null) {
            name = nameIn(self, name);
            if (!place.name().isEmpty() && !place.name().equals(name)) {
                skipped.add(new Skipped(
                        "everything of " + place.name(),
                        place.target().text() + " is " + name + ": give the address of " + place.name()
                                + " with --http-addr"));
                return new Outcome(place.name(), place.target().text(), false, files, List.copyOf(skipped));
            }
            keep("self.json", self);
        }
        fetch("config.json", "/v1/agent/debug/config", PATIENCE);
        fetch("members.json", "/v1/agent/members", PATIENCE);
        fetch("raft.json", "/v1/operator/raft/configuration", PATIENCE);
        fetch("disk.json", "/v1/agent/disk", PATIENCE);
        fetch("host.json", "/v1/agent/host", PATIENCE);
        fetch("rollouts.json", "/v1/rollouts?stale", PATIENCE);
        fetch("log-before.txt", "/v1/agent/debug/log", PATIENCE);
        fetch("threads-begin.txt", "/v1/agent/debug/threads", LONG_PATIENCE);
        overTime();
        fetch("threads-end.txt", "/v1/agent/debug/threads", LONG_PATIENCE);
        return new Outcome(name, place.target().text(), true, files, List.copyOf(skipped));
    }

    private void overTime() throws IOException, InterruptedException {
        if (!answers) {
            return;
        }
        try (BoundedFile log = new BoundedFile(scratch.resolve("log.txt"), LOG_BYTES_MAX);
                BoundedFile flight = new BoundedFile(scratch.resolve("flight.jfr"), FLIGHT_BYTES_MAX)) {
            CompletableFuture<@Nullable String> logged =
                    begin("/v1/agent/monitor?loglevel=debug", log, plan.duration(), true);
            CompletableFuture<@Nullable String> recorded = plan.flight()
                    ? begin(
                            "/v1/agent/debug/flight?seconds="
                                    + Math.max(1, plan.duration().toSeconds()),
                            flight,
                            plan.duration().plus(LONG_PATIENCE),
                            false)
                    : CompletableFuture.completedFuture("not asked for: --flight");
            metrics();
            finish("log.txt", log, logged);
            if (plan.flight()) {
                finish("flight.jfr", flight, recorded);
            }
        }
    }

    /** @return completes with why there is nothing; null: all is well */
    private CompletableFuture<@Nullable String> begin(
            String path, BoundedFile file, Duration atMost, boolean endsByTime) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        HttpAnswer answer = transport.download(path, file, atMost);
                        return answer.isSuccess() ? null : why(answer);
                    } catch (StartupException e) {
                        return endsByTime && e.getCause() instanceof TimeoutException ? null : e.getMessage();
                    }
                },
                task -> thread(task, "coord-debug-" + file.path().getFileName()).start());
    }

    static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void finish(String file, BoundedFile content, CompletableFuture<@Nullable String> ended)
            throws IOException {
        String why;
        try {
            why = ended.join();
        } catch (CompletionException e) {
            why = String.valueOf(e.getCause());
        }
        content.close();
        if (why != null) {
            skipped.add(new Skipped(file, why));
            return;
        }
        if (content.dropped() > 0) {
            skipped.add(new Skipped(file, content.dropped() + " bytes beyond the most that is kept of it"));
        }
        count(file, archive.add(name + "/" + file, content.path()));
    }

    /** At once, then after each interval until the time is over. */
    private void metrics() throws IOException, InterruptedException {
        long began = System.nanoTime();
        HttpAnswer last = null;
        long looks = plan.duration().dividedBy(plan.interval()) + 1;
        for (int look = 0; look < looks && answers; look++) {
            long wait = began + look * plan.interval().toNanos() - System.nanoTime();
            if (wait > 0) {
                Thread.sleep(Duration.ofNanos(wait).toMillis());
            }
            String file = "metrics-%04d.prom".formatted(look);
            HttpAnswer answer = ask(file, "/v1/agent/metrics?format=prometheus", PATIENCE);
            if (answer != null) {
                last = answer;
                keep(file, answer);
            }
        }
        if (last != null) {
            keepLines("watches.prom", last, line -> line.contains("coord_hub_"));
            keepLines("log.prom", last, line -> line.contains("coord_log_"));
        }
    }

    private void keepLines(String file, HttpAnswer answer, Function<String, Boolean> wanted) throws IOException {
        String lines = answer.text().lines().filter(wanted::apply).collect(Collectors.joining("\n", "", "\n"));
        count(file, archive.add(name + "/" + file, lines.getBytes(StandardCharsets.UTF_8)));
    }

    private void fetch(String file, String path, Duration patience) throws IOException {
        HttpAnswer answer = ask(file, path, patience);
        if (answer != null) {
            keep(file, answer);
        }
    }

    /** Null: noted as skipped. */
    private @Nullable HttpAnswer ask(String file, String path, Duration patience) {
        if (!answers) {
            return null;
        }
        try {
            HttpAnswer answer = transport.get(path, patience);
            if (answer.isSuccess()) {
                return answer;
            }
            skipped.add(new Skipped(file, why(answer)));
        } catch (StartupException e) {
            answers = false;
            skipped.add(new Skipped(file + " and all after it", String.valueOf(e.getMessage())));
        }
        return null;
    }

    private void keep(String file, HttpAnswer answer) throws IOException {
        count(file, archive.add(name + "/" + file, answer.body().getBytes()));
    }

    private void count(String file, boolean added) {
        if (added) {
            files++;
        } else {
            skipped.add(new Skipped(file, "the archive is full: see --max-mb"));
        }
    }

    private static String why(HttpAnswer answer) {
        return answer.status() + " " + answer.text().strip();
    }

    private static String nameIn(HttpAnswer self, String otherwise) {
        try {
            return self.object().getJsonObject("Config").getString("NodeName", otherwise);
        } catch (StartupException | DecodeException | NullPointerException e) {
            return otherwise;
        }
    }
}
