package dev.coord.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** What watching costs, and what it does to those who write. Each scenario asserts that everybody was told. */
final class WatchScenarios {

    private static final String TIME = "until all are told (ms)";
    private static final String CPU = "server CPU a delivery (us)";
    private static final String MEMORY = "resident memory a watcher (kB)";
    private static final String P99 = "PUT p99 (ms)";
    private static final String TOLD = "watchers told (1/s)";
    private static final String LARGE = "watched, 25 kB an answer";
    private static final String RATE = "PUT (1/s)";

    private static final int TOLD_MILLIS_MAX = 60_000;
    private static final int DELIVERIES_A_ROUND = 5_000;
    private static final int WRITERS = 16;
    private static final int VALUE_BYTES = 256;
    private static final int KEYS = 1_000;
    private static final int CHANGES_PER_SECOND = 10;
    private static final int WATCHERS_UNDER_WRITES = 2_000;
    /** What is measured is a server that has done this for a while, not its compiler. */
    private static final int WARM_UP_ROUNDS = 2;
    /** A service whose answer is 25 kB. */
    private static final int INSTANCES_OF_LARGE = 50;

    private final Targets targets;
    private final Path results;
    private final int rounds;
    private final double seconds;

    WatchScenarios(Targets targets, Path results, int rounds, double seconds) {
        this.targets = targets;
        this.results = results;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    private interface Opening {
        Watchers open(ServerProcess server, int count) throws IOException;
    }

    private static Watchers poll(ServerProcess server, int count) throws IOException {
        return new PollWatchers(server.address(), count, i -> "bench");
    }

    private static Watchers pollLarge(ServerProcess server, int count) throws IOException {
        return new PollWatchers(server.address(), count, i -> "large");
    }

    private static Watchers stream(ServerProcess server, int count) {
        return new StreamWatchers(server.grpcPort(), count, i -> "bench");
    }

    /** P7 and P8: one change of a service, told to all who watch it: ours by poll and by stream, Consul by poll. */
    void fanOut(List<Integer> counts) throws IOException, InterruptedException {
        Figures figures = new Figures("One change to many watchers of one service", System.out);
        try (ServerProcess coord = targets.coord("coord");
                ServerProcess consul = targets.consul("consul")) {
            for (ServerProcess server : List.of(coord, consul)) {
                server.start();
                server.register("bench", 1, "first");
                warm(server);
            }
            for (int count : counts) {
                fanOut(figures, "coord, poll", coord, count, WatchScenarios::poll);
                fanOut(figures, "consul, poll", consul, count, WatchScenarios::poll);
                fanOut(figures, "coord, stream", coord, count, WatchScenarios::stream);
            }
        }
        figures.finish(results, "watch-fan-out");
    }

    private static void warm(ServerProcess server) throws IOException, InterruptedException {
        try (Watchers watchers = poll(server, 500)) {
            watchers.arm();
            watchers.follow();
            for (int i = 0; i < 40; i++) {
                long before = watchers.told();
                server.register("bench", 1, "warm-" + i);
                watchers.awaitTold(before + watchers.count(), TOLD_MILLIS_MAX);
            }
        }
    }

    private void fanOut(Figures figures, String name, ServerProcess server, int count, Opening opening)
            throws IOException, InterruptedException {
        String which = count + " watchers";
        server.settle();
        long memory = server.residentBytes();
        try (Watchers watchers = opening.open(server, count)) {
            watchers.arm();
            server.settle();
            double idle = server.idleMicrosPerSecond();
            // CPU time comes in ticks of 10 ms: few watchers are told of several changes, or a round would be noise.
            int changes = Math.max(1, DELIVERIES_A_ROUND / count);
            for (int round = 0; round < rounds; round++) {
                double cpu = server.cpuMicros();
                long roundBegan = System.nanoTime();
                for (int change = 0; change < changes; change++) {
                    long before = watchers.told();
                    long began = System.nanoTime();
                    server.register("bench", 1, name + round + "-" + change);
                    if (!watchers.awaitTold(before + count, TOLD_MILLIS_MAX)) {
                        throw new IllegalStateException(
                                name + " told " + (watchers.told() - before) + " of " + count + " watchers");
                    }
                    if (change == 0) {
                        figures.add(TIME, which, name, (System.nanoTime() - began) / 1e6);
                    }
                    // To have asked again is part of what a poll costs.
                    watchers.arm();
                }
                server.settle();
                double others = idle * (System.nanoTime() - roundBegan) / 1e9;
                figures.add(CPU, which, name, (server.cpuMicros() - cpu - others) / changes / count);
            }
            figures.add(MEMORY, which, name, (server.residentBytes() - memory) / 1024.0 / count);
        }
        server.settle();
    }

    /**
     * P9: KV writes by 16 connections, alone and while 2,000 watchers are told of 10 changes a second: of a service with one
     * instance, as in P7, and of one whose every answer weighs 25 kB, which is 500 MB a second.
     */
    void underWrites() throws IOException, InterruptedException {
        Figures figures = new Figures("KV writes while 2,000 watchers get 10 changes a second", System.out);
        try (ServerProcess coord = targets.coord("coord");
                ServerProcess consul = targets.consul("consul")) {
            for (ServerProcess server : List.of(coord, consul)) {
                server.start();
                server.register("bench", 1, "first");
                for (int instance = 1; instance <= INSTANCES_OF_LARGE; instance++) {
                    server.register("large", instance, "first");
                }
                warm(server);
                write(server, 3 * seconds);
            }
            Figures warmUp = new Figures("warm-up", new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                underWrites(round < 0 ? warmUp : figures, coord, consul);
            }
        }
        figures.finish(results, "watch-under-writes");
    }

    private void underWrites(Figures figures, ServerProcess coord, ServerProcess consul)
            throws IOException, InterruptedException {
        writes(figures, "coord", "alone", coord);
        writes(figures, "consul", "alone", consul);
        watched(figures, "watched", "coord, poll", coord, small(coord), WatchScenarios::poll);
        watched(figures, "watched", "coord, stream", coord, small(coord), WatchScenarios::stream);
        watched(figures, "watched", "consul, poll", consul, small(consul), WatchScenarios::poll);
        watched(figures, LARGE, "coord, poll", coord, large(coord), WatchScenarios::pollLarge);
        watched(figures, LARGE, "consul, poll", consul, large(consul), WatchScenarios::pollLarge);
    }

    private static Changes small(ServerProcess server) {
        return new Changes(server, i -> "bench", 1, CHANGES_PER_SECOND);
    }

    private static Changes large(ServerProcess server) {
        return new Changes(server, i -> "large", INSTANCES_OF_LARGE, CHANGES_PER_SECOND);
    }

    private void watched(
            Figures figures, String which, String name, ServerProcess server, Changes changes, Opening opening)
            throws IOException, InterruptedException {
        try (Watchers watchers = opening.open(server, WATCHERS_UNDER_WRITES)) {
            watchers.arm();
            watchers.follow();
            // Those that are parked go on by themselves from their next answer on.
            long before = watchers.told();
            changes.start();
            try (changes) {
                writes(figures, name, which, server);
            }
            changes.check();
            // Who writes without a pause on two cores may keep news waiting; it must come all the same.
            if (!watchers.awaitTold(before + watchers.count(), TOLD_MILLIS_MAX)) {
                throw new IllegalStateException(
                        name + ": only " + (watchers.told() - before) + " were told of a change");
            }
            figures.add(TOLD, which, name, (watchers.told() - before) / (1 + seconds));
        }
        server.settle();
    }

    private void writes(Figures figures, String name, String which, ServerProcess server) throws IOException {
        Measurement measured = write(server, seconds);
        figures.add(P99, which, name, measured.p(99) / 1e3);
        figures.add(RATE, which, name, measured.perSecond());
    }

    private static Measurement write(ServerProcess server, double seconds) throws IOException {
        Random random = new Random(7);
        Requests puts = Requests.put(n -> random.nextInt(KEYS), VALUE_BYTES);
        Measurement measured = new HttpLoad(server.address(), WRITERS, puts).forSeconds(1, seconds);
        if (measured.errors() > 0) {
            throw new IllegalStateException(server.name() + " refused " + measured.errors() + " writes");
        }
        return measured;
    }

    /** The outage in small: 50 services, 2,000 watchers, registrations churning, KV writes beside; the hub in each shape. */
    void outage() throws IOException, InterruptedException {
        Figures figures =
                new Figures("50 services, 2,000 watchers, 50 registrations a second, KV writes beside", System.out);
        List<String> shapes = List.of("sharded", "keyed", "single");
        List<ServerProcess> servers = new ArrayList<>();
        try {
            for (String shape : shapes) {
                ServerProcess server =
                        targets.coord("coord-" + shape, List.of("-hcl", "hub_shape = \"" + shape + "\""));
                servers.add(server);
                server.start();
                for (int service = 0; service < 50; service++) {
                    server.register("service-" + service, service, "first");
                }
                write(server, 3 * seconds);
            }
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < shapes.size(); i++) {
                    ServerProcess server = servers.get(i);
                    writes(figures, shapes.get(i), "nobody watches", server);
                    churned(
                            figures,
                            shapes.get(i),
                            "2,000 streams",
                            server,
                            new StreamWatchers(server.grpcPort(), WATCHERS_UNDER_WRITES, n -> "service-" + n % 50));
                    churned(
                            figures,
                            shapes.get(i),
                            "2,000 long polls",
                            server,
                            new PollWatchers(server.address(), WATCHERS_UNDER_WRITES, n -> "service-" + n % 50));
                }
            }
        } finally {
            for (ServerProcess server : servers) {
                server.close();
            }
        }
        figures.finish(results, "watch-outage");
    }

    private void churned(Figures figures, String name, String which, ServerProcess server, Watchers opened)
            throws IOException, InterruptedException {
        try (Watchers watchers = opened) {
            watchers.arm();
            watchers.follow();
            long before = watchers.told();
            Changes changes = new Changes(server, i -> "service-" + i % 50, 50, 5 * CHANGES_PER_SECOND);
            changes.start();
            try (changes) {
                writes(figures, name, which, server);
            }
            changes.check();
            if (!watchers.awaitTold(before + watchers.count(), TOLD_MILLIS_MAX)) {
                throw new IllegalStateException(
                        name + ": only " + (watchers.told() - before) + " were told of a change");
            }
            figures.add(TOLD, which, name, (watchers.told() - before) / (1 + seconds));
        }
        server.settle();
    }

    /** 100,000 streams that have nothing to say: what they weigh, and whether writes notice. */
    void idle(int count) throws IOException, InterruptedException {
        Figures figures = new Figures(count + " idle streaming watches on one server", System.out);
        try (ServerProcess coord = targets.coord("coord")) {
            coord.start();
            for (int service = 0; service < 1_000; service++) {
                coord.register("service-" + service, service, "first");
            }
            write(coord, 3 * seconds);
            for (int round = 0; round < rounds; round++) {
                writes(figures, "coord", "without", coord);
            }
            coord.settle();
            long before = coord.heapBytes();
            try (Watchers watchers = new StreamWatchers(coord.grpcPort(), count, n -> "service-" + n % 1_000)) {
                watchers.arm();
                coord.settle();
                figures.add(
                        "heap a watch (bytes)",
                        "live after GC",
                        "coord",
                        (coord.heapBytes() - before) / (double) count);
                for (int round = 0; round < rounds; round++) {
                    writes(figures, "coord", "with", coord);
                }
            }
        }
        figures.finish(results, "watch-idle");
    }

    /** Registers again and again, at a fixed rate, on a thread of its own. */
    private static final class Changes implements AutoCloseable {
        private final Thread thread;
        private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        private volatile boolean closed;

        /** @param instances that take turns in being registered anew */
        Changes(ServerProcess server, IntFunction<String> service, int instances, int perSecond) {
            thread = new Thread(
                    () -> {
                        long next = System.nanoTime();
                        try {
                            for (int i = 0; !closed; i++) {
                                // What is registered again as it is changes nothing, and nobody is told.
                                server.register(service.apply(i), 1 + i % instances, "at-" + System.nanoTime());
                                next += 1_000_000_000L / perSecond;
                                long wait = next - System.nanoTime();
                                if (wait > 0) {
                                    Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                                }
                            }
                        } catch (IOException e) {
                            failure.set(e);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "changes");
        }

        void start() {
            thread.start();
        }

        @Override
        public void close() {
            closed = true;
            Ends.join(thread);
        }

        void check() throws IOException {
            Exception failed = failure.get();
            if (failed != null) {
                throw new IOException("the changes stopped", failed);
            }
        }
    }
}
