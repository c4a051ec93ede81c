package dev.coord.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** The scenarios that the project is measured by. Each starts its servers, alternates between them, and asserts its work. */
final class Scenarios {

    private static final int VALUE_BYTES = 256;
    private static final int KEYS = 10_000;
    private static final double WARM_UP_SECONDS = 15;

    private final Targets targets;
    private final Path results;
    private final int rounds;
    private final double seconds;

    Scenarios(Targets targets, Path results, int rounds, double seconds) {
        this.targets = targets;
        this.results = results;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** P1 and P4: durable writes of 256 bytes with 1, 16 and 256 connections, then reads with 256; ours and Consul. */
    void throughput() throws IOException, InterruptedException {
        Report report = new Report("KV over HTTP, 256-byte values, one server", System.out);
        try (ServerProcess coord = targets.coord("coord");
                ServerProcess consul = targets.consul("consul")) {
            List<ServerProcess> servers = List.of(coord, consul);
            for (ServerProcess server : servers) {
                server.start();
                // Every key exists before the first read; the same requests warm the server up.
                load(server, 64, KEYS);
                new HttpLoad(server.address(), 256, puts()).forSeconds(0, 3 * seconds);
            }
            for (int connections : List.of(1, 16, 256)) {
                alternate(report, "PUT c=" + connections, servers, connections, puts());
            }
            for (ServerProcess server : servers) {
                new HttpLoad(server.address(), 256, gets(KEYS)).forSeconds(0, seconds);
            }
            alternate(report, "GET c=256", servers, 256, gets(KEYS));
        }
        report.finish(results, "throughput");
    }

    /** P11: what a write and a read cost at 1,000, 100,000 and 2,000,000 keys. */
    void growth() throws IOException, InterruptedException {
        Report report = new Report("KV over HTTP as data grows, 256-byte values, c=16", System.out);
        try (ServerProcess coord = targets.coord("coord")) {
            coord.start();
            load(coord, 256, KEYS);
            // The JVM must be as warm for the first size as for the last, or the first looks slow.
            new HttpLoad(coord.address(), 16, puts()).forSeconds(0, WARM_UP_SECONDS);
            new HttpLoad(coord.address(), 16, gets(KEYS)).forSeconds(0, WARM_UP_SECONDS);
            for (int keys : List.of(1_000, 100_000, 2_000_000)) {
                load(coord, 256, keys);
                for (int round = 0; round < rounds; round++) {
                    measure(report, "PUT " + keys + " keys", coord, 16, Requests.put(among(keys), VALUE_BYTES));
                    measure(report, "GET " + keys + " keys", coord, 16, gets(keys));
                }
            }
        }
        report.finish(results, "growth");
    }

    /** From exec to the first HTTP answer and to a leader, on an empty directory each time; ours and Consul. */
    void start() throws IOException, InterruptedException {
        Report report = new Report("Start of a lone server on an empty directory", System.out);
        // Not counted: the first start of ours prepares an archive of classes.
        for (int round = -1; round < rounds; round++) {
            for (ServerProcess server : List.of(targets.coord("coord"), targets.consul("consul"))) {
                try (server) {
                    ServerProcess.StartTimes times = server.startTimed();
                    if (round >= 0) {
                        report.add(server.name() + ": first HTTP answer", times.firstAnswer());
                        report.add(server.name() + ": leader", times.leader());
                    }
                }
            }
        }
        report.finish(results, "start");
    }

    /** P12, first half: kill -9 with a million keys, start again, until a write succeeds and the newest key is there. */
    void restart() throws IOException, InterruptedException {
        int keys = 1_000_000;
        Report report = new Report("Restart with " + keys + " keys after kill -9, one server", System.out);
        try (ServerProcess coord = targets.coord("coord")) {
            coord.start();
            load(coord, 256, keys);
            for (int round = 0; round < rounds; round++) {
                coord.kill();
                report.add("restart until a write succeeds", coord.start());
                if (coord.get("/v1/kv/" + Requests.key(keys - 1)) == null) {
                    throw new IllegalStateException("the newest key is gone after the restart");
                }
            }
        }
        report.finish(results, "restart");
    }

    /** P12, second half: kill -9 of the leader of three under a writer, until the next write succeeds. */
    void failover() throws IOException, InterruptedException {
        Report report = new Report("Failover after kill -9 of the leader of three, defaults", System.out);
        List<ServerProcess> servers = targets.coordCluster("coord");
        try {
            for (ServerProcess server : servers) {
                new Thread(() -> startQuietly(server), "start-" + server.name()).start();
            }
            for (ServerProcess server : servers) {
                awaitWrites(server);
            }
            int written = 0;
            for (int round = 0; round < rounds; round++) {
                ServerProcess leader = leaderOf(servers);
                for (int i = 0; i < 500; i++) {
                    if (!leader.put("failover/" + written, "" + written)) {
                        throw new IllegalStateException("a write failed before anything was killed");
                    }
                    written++;
                }
                List<ServerProcess> others =
                        servers.stream().filter(server -> server != leader).toList();
                long millis = untilNextWrite(leader, others, written);
                written++;
                report.add("kill -9 of the leader until a write succeeds", millis);
                for (int i = 0; i < written; i++) {
                    if (others.get(0).get("/v1/kv/failover/" + i) == null) {
                        throw new IllegalStateException("acknowledged write " + i + " is gone");
                    }
                }
                leader.start();
                awaitWrites(leader);
            }
        } finally {
            for (ServerProcess server : servers) {
                server.close();
            }
        }
        report.finish(results, "failover");
    }

    /** Both survivors are asked at once, each by its own thread, as clients that know all servers would. */
    private static long untilNextWrite(ServerProcess leader, List<ServerProcess> others, int n)
            throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        ConcurrentLinkedQueue<Long> ends = new ConcurrentLinkedQueue<>();
        leader.kill();
        long killed = System.nanoTime();
        List<Thread> writers = others.stream()
                .map(server -> new Thread(
                        () -> {
                            try {
                                while (!done.get() && System.nanoTime() - killed < 60_000_000_000L) {
                                    if (server.put("failover/" + n, "" + n)) {
                                        ends.add(System.nanoTime());
                                        done.set(true);
                                    }
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "writer-" + server.name()))
                .toList();
        writers.forEach(Thread::start);
        for (Thread writer : writers) {
            writer.join();
        }
        return (ends.stream().min(Long::compare).orElseThrow() - killed) / 1_000_000;
    }

    private static ServerProcess leaderOf(List<ServerProcess> servers) throws InterruptedException {
        for (ServerProcess server : servers) {
            String self = server.get("/v1/agent/self");
            if (self != null && self.replaceAll("\\s", "").contains("\"leader\":\"true\"")) {
                return server;
            }
        }
        throw new IllegalStateException("no server says in /v1/agent/self (Stats.consul.leader) that it leads");
    }

    private static void startQuietly(ServerProcess server) {
        try {
            server.start();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitWrites(ServerProcess server) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!server.writes()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(server.name() + " takes no writes");
            }
            Thread.sleep(20);
        }
    }

    private void alternate(Report report, String load, List<ServerProcess> servers, int connections, Requests requests)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (ServerProcess server : servers) {
                measure(report, load, server, connections, requests);
            }
        }
    }

    private void measure(Report report, String load, ServerProcess server, int connections, Requests requests)
            throws IOException {
        double cpu = server.cpuMicros();
        Measurement measurement = new HttpLoad(server.address(), connections, requests).forSeconds(0, seconds);
        double spent = server.cpuMicros() - cpu;
        report.add(
                load,
                server.name(),
                measurement.withCost(spent / Math.max(1, measurement.operations()), server.residentBytes()));
    }

    /** Writes every key once, and sees that the last one is there. */
    private static void load(ServerProcess server, int connections, int keys) throws IOException, InterruptedException {
        Measurement written =
                new HttpLoad(server.address(), connections, Requests.put(n -> n, VALUE_BYTES)).times(keys);
        if (written.operations() != keys || server.get("/v1/kv/" + Requests.key(keys - 1L)) == null) {
            throw new IllegalStateException(
                    server.name() + " took " + written.operations() + " of " + keys + " writes");
        }
    }

    private static Requests puts() {
        return Requests.put(among(KEYS), VALUE_BYTES);
    }

    private static Requests gets(int keys) {
        return Requests.get(among(keys));
    }

    /** The same pseudo-random keys for every server. */
    private static java.util.function.LongUnaryOperator among(int keys) {
        Random random = new Random(7);
        return n -> random.nextInt(keys);
    }
}
