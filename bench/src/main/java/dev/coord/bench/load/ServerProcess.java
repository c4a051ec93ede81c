package dev.coord.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A server under test: a process of its own on loopback, with a data directory that is deleted with it. */
final class ServerProcess implements AutoCloseable {

    /** Of the parts of the heap, not of the metaspace, whose line begins otherwise. */
    private static final Pattern USED = Pattern.compile("(?:generation|heap)\\s[^\n]*?used (\\d+)K");

    private static final String LEADER = "/v1/status/leader";
    private static final double CLOCK_TICKS_PER_SECOND = 100;
    /** One tick of the clock that CPU time is counted with, in 200 ms. */
    private static final double SETTLED_MICROS = 10_000;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    private final String name;
    private final List<String> command;
    private final int httpPort;
    private final Path data;
    /** -1: it speaks no gRPC of ours. */
    private final int grpcPort;

    private @Nullable Process process;

    ServerProcess(String name, List<String> command, int httpPort, Path data) {
        this(name, command, httpPort, -1, data);
    }

    ServerProcess(String name, List<String> command, int httpPort, int grpcPort, Path data) {
        this.grpcPort = grpcPort;
        this.name = name;
        this.command = List.copyOf(command);
        this.httpPort = httpPort;
        this.data = data;
    }

    String name() {
        return name;
    }

    InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", httpPort);
    }

    int grpcPort() {
        return grpcPort;
    }

    /** Registers an instance of a service in the catalog; each tag is a change that its watchers are told of. */
    void register(String service, int instance, String tag) throws IOException, InterruptedException {
        String body = "{\"Node\":\"node-" + instance + "\",\"Address\":\"10.0.0.1\",\"Service\":{\"ID\":\"" + service
                + "-" + instance + "\",\"Service\":\"" + service + "\",\"Port\":80,\"Tags\":[\"" + tag + "\"]}}";
        var answer = http.send(
                HttpRequest.newBuilder(uri("/v1/catalog/register"))
                        .timeout(Duration.ofSeconds(30))
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(name + " refused a registration: " + answer.statusCode() + " " + answer.body());
        }
    }

    /** Waits until the server has nothing to do: its CPU stands still, or ten seconds are over. */
    void settle() throws IOException, InterruptedException {
        for (int i = 0; i < 50; i++) {
            double before = cpuMicros();
            Thread.sleep(200);
            if (cpuMicros() - before <= SETTLED_MICROS) {
                return;
            }
        }
    }

    /** What it spends with nothing to do, in microseconds of CPU a second. */
    double idleMicrosPerSecond() throws IOException, InterruptedException {
        double before = cpuMicros();
        Thread.sleep(2_000);
        return (cpuMicros() - before) / 2;
    }

    /** Starts the process and waits until a write succeeds. Gives the milliseconds that it took. */
    long start() throws IOException, InterruptedException {
        long began = exec();
        return millisUntil(this::writes, began);
    }

    /** Of a start, milliseconds since its exec. */
    record StartTimes(long firstAnswer, long leader) {}

    /** Starts the process and waits until it answers over HTTP at all, and until it knows a leader. */
    StartTimes startTimed() throws IOException, InterruptedException {
        long began = exec();
        long answer = millisUntil(() -> get(LEADER) != null, began);
        return new StartTimes(
                answer, millisUntil(() -> String.valueOf(get(LEADER)).contains(":"), began));
    }

    /** Gives the time at which it began. */
    private long exec() throws IOException {
        Files.createDirectories(data);
        long began = System.nanoTime();
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        data.resolveSibling(data.getFileName() + ".log").toFile()))
                .start();
        return began;
    }

    private interface Sign {
        boolean isThere() throws InterruptedException;
    }

    private long millisUntil(Sign sign, long began) throws IOException, InterruptedException {
        while (!sign.isThere()) {
            if (process == null || !process.isAlive()) {
                throw new IOException(name + " ended; its log is " + data + ".log");
            }
            if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(120)) {
                throw new IOException(name + " did not start within 120 s; its log is " + data + ".log");
            }
            Thread.sleep(5);
        }
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    /** One write, now: true when it was acknowledged. */
    boolean writes() throws InterruptedException {
        return put("bench-probe", "x");
    }

    boolean put(String key, String value) throws InterruptedException {
        try {
            var answer = http.send(
                    HttpRequest.newBuilder(uri("/v1/kv/" + key))
                            .timeout(Duration.ofSeconds(2))
                            .PUT(HttpRequest.BodyPublishers.ofString(value))
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() == 200 && answer.body().strip().equals("true");
        } catch (IOException e) {
            return false;
        }
    }

    /** Some keys in one transaction: true when it was acknowledged. */
    boolean putTogether(String prefix, int keys, String value) throws InterruptedException {
        String encoded = Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
        String body = IntStream.range(0, keys)
                .mapToObj(key ->
                        "{\"KV\":{\"Verb\":\"set\",\"Key\":\"" + prefix + key + "\",\"Value\":\"" + encoded + "\"}}")
                .collect(Collectors.joining(",", "[", "]"));
        try {
            putJson("/v1/txn", body);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Sends JSON that must be taken. */
    void putJson(String path, String json) throws IOException, InterruptedException {
        var answer = http.send(
                HttpRequest.newBuilder(uri(path))
                        .timeout(Duration.ofSeconds(30))
                        .PUT(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(name + " refused " + path + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    /** The body of a GET; null when there was none. */
    @Nullable
    String get(String path) throws InterruptedException {
        try {
            var answer = http.send(
                    HttpRequest.newBuilder(uri(path))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : null;
        } catch (IOException e) {
            return null;
        }
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + path);
    }

    /** User and system time since its start, microseconds. */
    double cpuMicros() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / CLOCK_TICKS_PER_SECOND * 1e6;
    }

    /** Resident memory, bytes. */
    long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no VmRSS for process " + pid());
    }

    /** Bytes live on the heap of a JVM, after a collection. */
    long heapBytes() throws IOException, InterruptedException {
        jcmd("GC.run");
        jcmd("GC.run");
        long kilobytes = 0;
        Matcher used = USED.matcher(jcmd("GC.heap_info"));
        while (used.find()) {
            kilobytes += Long.parseLong(used.group(1));
        }
        if (kilobytes == 0) {
            throw new IOException(name + " does not tell its heap: is it a JVM?");
        }
        return kilobytes * 1024;
    }

    private String jcmd(String what) throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(
                        ProcessHandle.of(pid())
                                .flatMap(handle -> handle.info().command())
                                .orElse("java")
                                .replaceAll("java$", "jcmd"),
                        "" + pid(),
                        what)
                .redirectErrorStream(true)
                .start();
        String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        asked.waitFor();
        return said;
    }

    long pid() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process.pid();
    }

    /** As {@code kill -9} does. */
    void kill() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            process.destroy();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
        if (Files.exists(data)) {
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
