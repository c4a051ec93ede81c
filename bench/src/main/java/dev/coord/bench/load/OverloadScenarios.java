package dev.coord.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** More than a server can do: one client that floods it, and all who watch coming back at once. */
final class OverloadScenarios {

    private static final String P99 = "gentle PUT p99 (ms)";
    private static final String P50 = "gentle PUT p50 (ms)";
    private static final String BACK = "until all are back (ms)";

    private static final int GENTLE = 10;
    private static final int GENTLE_PER_SECOND = 20;
    private static final int FLOOD_CONNECTIONS = 256;
    private static final int FLOOD_KEYS = 10_000;
    private static final int VALUE_BYTES = 256;
    /** What is measured is a server that has done this for a while, not its compiler. */
    private static final double WARM_UP_SECONDS = 10;

    private static final double UNDER_WAY_SECONDS = 1;
    private static final long BACK_MILLIS_MAX = 180_000;
    private static final int LOOK_MILLIS = 20;
    private static final String SERVICE = "bench";

    private final Targets targets;
    private final Path results;
    private final int rounds;
    private final double seconds;

    OverloadScenarios(Targets targets, Path results, int rounds, double seconds) {
        this.targets = targets;
        this.results = results;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Ten gentle clients alone, and beside one that writes as fast as it is answered by 256 connections. */
    void flood() throws IOException, InterruptedException {
        Figures figures = new Figures("Ten gentle clients beside one that floods", System.out);
        try (ServerProcess coord = targets.coord("coord")) {
            coord.start();
            new HttpLoad(coord.address(), FLOOD_CONNECTIONS, floods()).forSeconds(0, WARM_UP_SECONDS);
            try (GentleClients gentle = new GentleClients(coord.address(), GENTLE, GENTLE_PER_SECOND)) {
                for (int round = 0; round < rounds; round++) {
                    double alone = gentle(figures, gentle, "alone");
                    CompletableFuture<Measurement> flood = CompletableFuture.supplyAsync(
                            () -> flood(coord), task -> new Thread(task, "flood").start());
                    TimeUnit.MILLISECONDS.sleep((long) (UNDER_WAY_SECONDS * 1e3));
                    double beside = gentle(figures, gentle, "beside the flood");
                    figures.add(
                            "flood (1/s)",
                            "beside the flood",
                            "coord",
                            flood.join().perSecond());
                    figures.add("p99 beside, over alone", "ratio", "coord", beside / alone);
                }
                if (gentle.failed() > 0) {
                    throw new IllegalStateException(gentle.failed() + " writes of gentle clients failed");
                }
            }
        }
        figures.finish(results, "flood");
    }

    private double gentle(Figures figures, GentleClients gentle, String which) throws InterruptedException {
        var unused = gentle.take();
        TimeUnit.MILLISECONDS.sleep((long) (seconds * 1e3));
        Histogram micros = gentle.take();
        if (micros.getTotalCount() == 0) {
            throw new IllegalStateException("no gentle client was answered, " + which);
        }
        figures.add(P50, which, "coord", micros.getValueAtPercentile(50) / 1e3);
        figures.add(P99, which, "coord", micros.getValueAtPercentile(99) / 1e3);
        return micros.getValueAtPercentile(99);
    }

    private Measurement flood(ServerProcess coord) {
        try {
            return new HttpLoad(coord.address(), FLOOD_CONNECTIONS, floods())
                    .forSeconds(UNDER_WAY_SECONDS, seconds + UNDER_WAY_SECONDS);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    private static Requests floods() {
        return Requests.put(n -> n % FLOOD_KEYS, VALUE_BYTES);
    }

    /** So many who watch lose their server by kill -9 and come back to it, with the waiting room and without. */
    void storm(int clients) throws IOException, InterruptedException {
        Figures figures = new Figures(clients + " who watch come back after kill -9", System.out);
        for (int round = 0; round < rounds; round++) {
            storm(figures, clients, "waiting room", targets.coord("room-" + round));
            storm(
                    figures,
                    clients,
                    "none",
                    targets.coord("none-" + round, List.of("-hcl", "waiting_room { per_second = 0 }")));
        }
        figures.finish(results, "storm");
    }

    private static void storm(Figures figures, int clients, String which, ServerProcess server)
            throws IOException, InterruptedException {
        try (server) {
            server.start();
            server.register(SERVICE, 1, "first");
            try (ReturningWatchers watchers = new ReturningWatchers(server.address(), clients, SERVICE)) {
                awaitWaiting(server, watchers, clients);
                server.kill();
                long turnedAwayBefore = watchers.turnedAway();
                figures.add("until a write succeeds (ms)", which, "coord", (double) server.start());
                long began = System.nanoTime();
                try (GentleClients writers = new GentleClients(server.address(), 1, 50)) {
                    awaitWaiting(server, watchers, clients);
                    figures.add(BACK, which, "coord", (System.nanoTime() - began) / 1e6);
                    figures.add(
                            "PUT p99 meanwhile (ms)",
                            which,
                            "coord",
                            writers.take().getValueAtPercentile(99) / 1e3);
                    if (writers.failed() > 0) {
                        throw new IllegalStateException(writers.failed() + " writes failed meanwhile");
                    }
                }
                figures.add("times turned away", which, "coord", (double) (watchers.turnedAway() - turnedAwayBefore));
                long before = watchers.told();
                server.register(SERVICE, 1, "second");
                long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACK_MILLIS_MAX);
                while (watchers.told() < before + clients) {
                    if (System.nanoTime() > end) {
                        throw new IllegalStateException(
                                "only " + (watchers.told() - before) + " of " + clients + " were told of a change");
                    }
                    Thread.sleep(LOOK_MILLIS);
                }
            }
        }
    }

    /** Until the server holds as many blocking queries. */
    private static void awaitWaiting(ServerProcess server, ReturningWatchers watchers, int clients)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BACK_MILLIS_MAX);
        double waiting = 0;
        while (waiting < clients) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("only " + waiting + " of " + clients + " are back");
            }
            Thread.sleep(LOOK_MILLIS);
            watchers.failIfEnded();
            String metrics = server.get("/v1/agent/metrics?format=prometheus");
            waiting = metrics == null
                    ? 0
                    : metrics.lines()
                            .filter(line -> line.startsWith("coord_hub_waiters{"))
                            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                            .sum();
        }
    }
}
