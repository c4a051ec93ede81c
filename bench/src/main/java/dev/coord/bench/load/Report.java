package dev.coord.bench.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;

/** Collects the runs of a scenario and shows them: rounds as they come, then medians as a table, as JSON and as a plot. */
final class Report {

    private final String scenario;
    private final PrintStream out;
    private final Map<String, Map<String, List<Measurement>>> runs = new LinkedHashMap<>();
    private final Map<String, List<Long>> durations = new LinkedHashMap<>();

    Report(String scenario, PrintStream out) {
        this.scenario = scenario;
        this.out = out;
        out.printf("%s on %s%n", scenario, machine());
    }

    /** The machine that figures came from. */
    static String machine() {
        String cpu = "unknown processor";
        try {
            cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(cpu);
        } catch (IOException e) {
            // Not Linux: the figures still hold, only their machine goes without a name.
        }
        return cpu + ", " + Runtime.getRuntime().availableProcessors() + " cores, " + System.getProperty("os.name")
                + ", generator on Java " + Runtime.version();
    }

    /** One round of one server under one load. */
    void add(String load, String server, Measurement m) {
        runs.computeIfAbsent(load, key -> new LinkedHashMap<>())
                .computeIfAbsent(server, key -> new ArrayList<>())
                .add(m);
        out.printf(
                Locale.ROOT,
                "  %-18s %-8s %9.0f/s  p50 %6d us  p99 %7d us  p999 %7d us  cpu %5.1f us/op  rss %5d MB  errors %d%n",
                load,
                server,
                m.perSecond(),
                m.p(50),
                m.p(99),
                m.p(99.9),
                m.cpuMicrosPerOperation(),
                m.residentBytes() >> 20,
                m.errors());
        if (m.operations() == 0) {
            throw new IllegalStateException(server + " answered nothing as it should under " + load);
        }
    }

    /** One duration, in milliseconds. */
    void add(String what, long millis) {
        durations.computeIfAbsent(what, key -> new ArrayList<>()).add(millis);
        out.printf(Locale.ROOT, "  %-40s %9d ms%n", what, millis);
    }

    /** Prints medians and writes {@code NAME.json} and, where there is something to compare, {@code NAME.svg}. */
    void finish(Path directory, String name) throws IOException {
        JsonObject json = new JsonObject().put("scenario", scenario).put("machine", machine());
        JsonArray loads = new JsonArray();
        out.printf("%nmedian of the rounds [lowest - highest]%n");
        runs.forEach((load, servers) -> {
            double first = 0;
            for (Map.Entry<String, List<Measurement>> server : servers.entrySet()) {
                List<Measurement> all = server.getValue();
                double[] perSecond = all.stream()
                        .mapToDouble(Measurement::perSecond)
                        .sorted()
                        .toArray();
                double median = median(perSecond);
                first = first == 0 ? median : first;
                out.printf(
                        Locale.ROOT,
                        "  %-18s %-8s %9.0f/s [%.0f - %.0f]  p50 %6.0f us  p99 %7.0f us  p999 %7.0f us  cpu %5.1f us/op"
                                + "  rss %5.0f MB  first is %.2fx%n",
                        load,
                        server.getKey(),
                        median,
                        perSecond[0],
                        perSecond[perSecond.length - 1],
                        medianOf(all, m -> m.p(50)),
                        medianOf(all, m -> m.p(99)),
                        medianOf(all, m -> m.p(99.9)),
                        medianOf(all, Measurement::cpuMicrosPerOperation),
                        medianOf(all, m -> m.residentBytes() / 1048576.0),
                        first / median);
                loads.add(new JsonObject()
                        .put("load", load)
                        .put("server", server.getKey())
                        .put("rounds", all.size())
                        .put(
                                "errors",
                                all.stream().mapToLong(Measurement::errors).sum())
                        .put("perSecond", median)
                        .put("perSecondLowest", perSecond[0])
                        .put("perSecondHighest", perSecond[perSecond.length - 1])
                        .put("p50Micros", medianOf(all, m -> m.p(50)))
                        .put("p99Micros", medianOf(all, m -> m.p(99)))
                        .put("p999Micros", medianOf(all, m -> m.p(99.9)))
                        .put("cpuMicrosPerOperation", medianOf(all, Measurement::cpuMicrosPerOperation))
                        .put("residentBytes", medianOf(all, Measurement::residentBytes)));
            }
        });
        JsonObject times = new JsonObject();
        durations.forEach((what, millis) -> {
            double[] sorted =
                    millis.stream().mapToDouble(Long::doubleValue).sorted().toArray();
            out.printf(
                    Locale.ROOT,
                    "  %-40s %9.0f ms [%.0f - %.0f] of %d%n",
                    what,
                    median(sorted),
                    sorted[0],
                    sorted[sorted.length - 1],
                    sorted.length);
            times.put(what, new JsonArray(millis));
        });
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve(name + ".json"),
                json.put("loads", loads).put("millis", times).encodePrettily() + "\n");
        if (!runs.isEmpty()) {
            plot(directory.resolve(name + ".svg"));
        }
        out.printf("written to %s%n", directory.resolve(name + ".*"));
    }

    private void plot(Path file) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(760)
                .height(400)
                .title(scenario)
                .yAxisTitle("requests a second, median")
                .build();
        TreeSet<String> servers = new TreeSet<>();
        runs.values().forEach(load -> servers.addAll(load.keySet()));
        List<String> loads = List.copyOf(runs.keySet());
        for (String server : servers) {
            List<Double> medians = loads.stream()
                    .map(load -> medianOf(
                            runs.getOrDefault(load, Map.of()).getOrDefault(server, List.of()), Measurement::perSecond))
                    .toList();
            chart.addSeries(server, loads, medians);
        }
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
    }

    private static double medianOf(List<Measurement> all, java.util.function.ToDoubleFunction<Measurement> figure) {
        return median(all.stream().mapToDouble(figure).sorted().toArray());
    }

    private static double median(double[] sorted) {
        double[] values = Arrays.copyOf(sorted, sorted.length);
        return values.length == 0 ? 0 : (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }
}
