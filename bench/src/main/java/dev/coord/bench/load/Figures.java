package dev.coord.bench.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;

/** Figures of several kinds, of several servers, in several cases: every round as it comes, then medians, JSON and plots. */
final class Figures {

    private final String scenario;
    private final PrintStream out;
    /** By figure (with its unit), case and server: one value a round. */
    private final Map<String, Map<String, Map<String, List<Double>>>> rounds = new LinkedHashMap<>();

    Figures(String scenario, PrintStream out) {
        this.scenario = scenario;
        this.out = out;
        out.printf("%s on %s%n", scenario, Report.machine());
    }

    /** One value. */
    void add(String figure, String which, String server, double value) {
        rounds.computeIfAbsent(figure, key -> new LinkedHashMap<>())
                .computeIfAbsent(which, key -> new LinkedHashMap<>())
                .computeIfAbsent(server, key -> new ArrayList<>())
                .add(value);
        out.printf(Locale.ROOT, "  %-34s %-22s %-16s %10.1f%n", figure, which, server, value);
    }

    /** Prints medians with their spread; writes {@code NAME.json} and a plot {@code NAME-N.svg} for each figure. */
    void finish(Path directory, String name) throws IOException {
        Files.createDirectories(directory);
        JsonArray all = new JsonArray();
        out.printf("%nmedian of the rounds [lowest - highest]%n");
        int plots = 0;
        for (Map.Entry<String, Map<String, Map<String, List<Double>>>> figure : rounds.entrySet()) {
            figure.getValue()
                    .forEach((which, servers) -> servers.forEach((server, values) -> {
                        double[] sorted = sorted(values);
                        out.printf(
                                Locale.ROOT,
                                "  %-34s %-22s %-16s %10.1f [%.1f - %.1f] of %d%n",
                                figure.getKey(),
                                which,
                                server,
                                median(values),
                                sorted[0],
                                sorted[sorted.length - 1],
                                sorted.length);
                        all.add(new JsonObject()
                                .put("figure", figure.getKey())
                                .put("case", which)
                                .put("server", server)
                                .put("median", median(values))
                                .put("rounds", new JsonArray(values)));
                    }));
            plot(directory.resolve(name + "-" + ++plots + ".svg"), figure.getKey(), figure.getValue());
        }
        JsonObject json = new JsonObject()
                .put("scenario", scenario)
                .put("machine", Report.machine())
                .put("figures", all);
        Files.writeString(directory.resolve(name + ".json"), json.encodePrettily() + "\n");
        out.printf("written to %s%n", directory.resolve(name + "*"));
    }

    private void plot(Path file, String figure, Map<String, Map<String, List<Double>>> cases) throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(760)
                .height(400)
                .title(scenario)
                .yAxisTitle(figure)
                .build();
        TreeSet<String> servers = new TreeSet<>();
        cases.values().forEach(which -> servers.addAll(which.keySet()));
        List<String> names = List.copyOf(cases.keySet());
        for (String server : servers) {
            List<Double> medians = names.stream()
                    .map(which -> median(cases.getOrDefault(which, Map.of()).getOrDefault(server, List.of())))
                    .toList();
            chart.addSeries(server, names, medians);
        }
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double median(List<Double> values) {
        double[] sorted = sorted(values);
        return sorted.length == 0 ? 0 : (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
