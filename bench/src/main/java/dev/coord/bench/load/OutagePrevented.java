package dev.coord.bench.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The outage, prevented: three servers, many services that each watch a key of their own by stream, writes at a steady rate to
 * every server; then the hub's shape {@code single} is rolled out, server by server. Its subscribers share a line: each write
 * wakes all of them. The guards must take it back; the figures are those of the writers.
 */
final class OutagePrevented {

    /** By the hash of the rollout these get the new shape within 10, 50 and 100 per cent. */
    private static final List<String> NAMES = List.of("store-6", "store-1", "store-3");

    private static final int WATCHERS_PER_SERVER = 8_000;
    private static final int WRITERS_PER_SERVER = 4;
    private static final int WRITES_PER_SECOND = 120;
    private static final int WARM_UP_SECONDS = 20;
    private static final int SECONDS_MAX = 150;
    private static final int SECONDS_AFTER = 25;
    private static final String ROLLOUT = "/v1/rollouts/hub-shape";

    private final Targets targets;
    private final Path results;
    private final PrintStream out = System.out;

    OutagePrevented(Targets targets, Path results) {
        this.targets = targets;
        this.results = results;
    }

    /** One second of the run. */
    private record Second(double p50, double p99, int writes, int failed, int percent, String phase) {}

    void run() throws IOException, InterruptedException {
        out.printf(
                "The outage, prevented: 3 servers, %d watchers and %d writes a second on each, on %s%n",
                WATCHERS_PER_SERVER, WRITES_PER_SECOND, Report.machine());
        List<ServerProcess> servers = targets.coordCluster(NAMES);
        List<AutoCloseable> open = new ArrayList<>();
        try {
            startAll(servers);
            for (ServerProcess server : servers) {
                Watchers watchers =
                        StreamWatchers.ofKeys(server.grpcPort(), WATCHERS_PER_SERVER, i -> "config/service-" + i);
                open.add(watchers);
                watchers.arm();
            }
            PacedWriters writers = new PacedWriters(servers, WRITERS_PER_SERVER, WRITES_PER_SECOND);
            open.add(writers);
            List<Second> seconds = new ArrayList<>();
            look(writers, servers, WARM_UP_SECONDS, seconds, false);
            seconds.clear();
            servers.get(0).putJson(ROLLOUT, plan().encode());
            look(writers, servers, SECONDS_MAX, seconds, true);
            JsonObject held = rollout(servers);
            look(writers, servers, SECONDS_AFTER, seconds, false);
            finish(seconds, held, rollout(servers));
        } finally {
            close(open, servers);
        }
    }

    private static JsonObject plan() {
        return new JsonObject()
                .put("To", "single")
                .put("Steps", new JsonArray(List.of(10, 50, 100)))
                .put("Soak", "15s")
                .put("Baseline", "15s");
    }

    private static void startAll(List<ServerProcess> servers) throws InterruptedException {
        List<Thread> starts = servers.stream()
                .map(server -> new Thread(
                        () -> {
                            try {
                                server.start();
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "start-" + server.name()))
                .toList();
        starts.forEach(Thread::start);
        for (Thread start : starts) {
            start.join();
        }
    }

    private static JsonObject rollout(List<ServerProcess> servers) throws InterruptedException {
        for (ServerProcess server : servers) {
            String body = server.get(ROLLOUT + "?stale");
            if (body != null) {
                return new JsonObject(body);
            }
        }
        return new JsonObject();
    }

    /** A line and an entry for each second. */
    private void look(
            PacedWriters writers,
            List<ServerProcess> servers,
            int secondsMax,
            List<Second> seconds,
            boolean untilDecided)
            throws InterruptedException {
        for (int i = 0; i < secondsMax; i++) {
            Thread.sleep(1_000);
            double[] millis = writers.take();
            Arrays.sort(millis);
            JsonObject rollout = rollout(servers);
            String phase = rollout.getString("Phase", "none");
            Second second = new Second(
                    percentile(millis, 50),
                    percentile(millis, 99),
                    millis.length,
                    writers.takeFailed(),
                    rollout.getInteger("Percent", 0),
                    phase);
            seconds.add(second);
            out.printf(
                    Locale.ROOT,
                    "  %4d s  %-9s %3d%%  %4d writes  p50 %7.1f ms  p99 %7.1f ms  failed %d%n",
                    seconds.size(),
                    second.phase,
                    second.percent,
                    second.writes,
                    second.p50,
                    second.p99,
                    second.failed);
            if (untilDecided && (phase.equals("held") || phase.equals("done"))) {
                return;
            }
        }
    }

    private static double percentile(double[] sorted, double percent) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(percent / 100 * sorted.length) - 1];
    }

    private void finish(List<Second> seconds, JsonObject decided, JsonObject last) throws IOException {
        out.println();
        JsonArray events = last.getJsonArray("Events", new JsonArray());
        for (int i = 0; i < events.size(); i++) {
            JsonObject event = events.getJsonObject(i);
            out.printf(
                    "  %s  %s at %d%%  %s%n",
                    event.getString("Time"),
                    event.getString("Kind"),
                    event.getInteger("Percent"),
                    event.getString("Reason"));
        }
        Files.createDirectories(results);
        JsonArray rows = new JsonArray();
        seconds.forEach(second -> rows.add(new JsonObject()
                .put("p50Millis", second.p50)
                .put("p99Millis", second.p99)
                .put("writes", second.writes)
                .put("failed", second.failed)
                .put("percent", second.percent)
                .put("phase", second.phase)));
        JsonObject json = new JsonObject()
                .put("machine", Report.machine())
                .put("watchersPerServer", WATCHERS_PER_SERVER)
                .put("writesPerSecondPerServer", WRITES_PER_SECOND)
                .put("seconds", rows)
                .put("rollout", last);
        Files.writeString(results.resolve("outage-prevented.json"), json.encodePrettily() + "\n");
        plot(seconds, results.resolve("outage-prevented.svg"));
        out.printf("written to %s%n", results.resolve("outage-prevented.*"));
        if (!decided.getString("Phase", "").equals("held")) {
            throw new IllegalStateException("the rollout was not taken back: it is " + decided.getString("Phase"));
        }
    }

    private static void plot(List<Second> seconds, Path file) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(860)
                .height(420)
                .title("Hub shape \"single\", rolled out and taken back by its guards")
                .xAxisTitle("seconds")
                .yAxisTitle("writes' latency (ms)")
                .build();
        double[] x = new double[seconds.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = i + 1;
        }
        chart.addSeries("p99", x, seconds.stream().mapToDouble(Second::p99).toArray())
                .setMarker(SeriesMarkers.NONE);
        chart.addSeries("p50", x, seconds.stream().mapToDouble(Second::p50).toArray())
                .setMarker(SeriesMarkers.NONE);
        chart.addSeries(
                        "per cent of the rollout",
                        x,
                        seconds.stream().mapToDouble(Second::percent).toArray())
                .setMarker(SeriesMarkers.NONE)
                .setYAxisGroup(1);
        chart.setYAxisGroupTitle(1, "per cent");
        chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
        chart.getStyler().setYAxisMin(1, 0.0);
        chart.getStyler().setYAxisMax(1, 100.0);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
    }

    private static void close(List<AutoCloseable> open, List<ServerProcess> servers) throws IOException {
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
        for (ServerProcess server : servers) {
            server.close();
        }
    }
}
