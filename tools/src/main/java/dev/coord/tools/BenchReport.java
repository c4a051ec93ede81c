package dev.coord.tools;

import dev.coord.tools.WalBenchCommand.Scenario;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * What a run of {@code coord wal bench} found, as a table, JSON and a plot.
 *
 * @param scenario which
 * @param machine what it ran on: the figures hold for no other
 * @param results in the order of the table
 * @param bursts entries of the burst of each backend, as many as there was time for
 * @param burst as many as were asked for
 */
record BenchReport(Scenario scenario, String machine, List<BenchResult> results, Map<String, Long> bursts, int burst) {

    private static final String FREE_LIST_STORY = """
            A log is appended to one entry at a time, a burst of BURST entries makes it large, and the burst is truncated away: a
            page store keeps the space, and a list of it that it has to keep up from then on with every append. How much of
            that the next appends feel, and how much of it a compaction takes away, is what the table says: bytes synced for
            each byte of data, the free list, and the latency.
            """;
    private static final String APPEND_STORY = """
            Each backend appends in turns with a bare file, which is one write and one sync of preallocated space and nothing
            else: no log that syncs can be faster. What a backend needs beyond that is its own.
            """;

    BenchReport {
        results = List.copyOf(results);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                scenario == Scenario.free_list ? FREE_LIST_STORY.replace("BURST", Figures.count(burst)) : APPEND_STORY);
        text.append("Entries of ")
                .append(BenchLog.ENTRY_BYTES)
                .append(" bytes; ")
                .append(machine)
                .append(".\n\n");
        text.append(scenario == Scenario.free_list ? freeListTable() : appendTable());
        bursts.forEach((backend, entries) -> {
            if (entries < burst) {
                text.append("\n")
                        .append(backend)
                        .append(": the burst was cut short after ")
                        .append(Figures.count(entries));
                text.append(" entries; --seconds gives it more time");
            }
        });
        return text.toString();
    }

    private TextTable freeListTable() {
        TextTable table = new TextTable(
                "BACKEND",
                "APPENDS",
                "P50",
                "P99",
                "P50 TO BEFORE",
                "SYNCED/BYTE",
                "FILES",
                "FREE",
                "FREE LIST",
                "LIST BYTES");
        for (BenchResult result : results) {
            table.add(
                    result.backend(),
                    result.phase(),
                    Figures.nanos(result.p50Nanos()),
                    Figures.nanos(result.p99Nanos()),
                    Figures.decimal(ratio(result)) + "x",
                    Figures.decimal(result.amplification()),
                    Figures.bytes(result.after().fileBytes()),
                    Figures.bytes(result.after().freeBytes()),
                    Figures.count(result.after().freeListEntries()),
                    Figures.bytes(result.after().freeListBytes()));
        }
        return table;
    }

    /** Its p50, over that of the same backend before the burst. */
    private double ratio(BenchResult result) {
        return results.stream()
                .filter(other -> other.backend().equals(result.backend())
                        && other.phase().equals(FreeListScenario.BEFORE))
                .mapToDouble(before -> (double) result.p50Nanos() / Math.max(1, before.p50Nanos()))
                .findFirst()
                .orElse(0);
    }

    private TextTable appendTable() {
        TextTable table =
                new TextTable("BATCH", "LOG", "APPENDS", "P50", "P99", "ENTRIES/S", "OF THE BARE FILE", "SYNCED/BYTE");
        for (BenchResult result : results) {
            table.add(
                    String.valueOf(result.batch()),
                    result.backend(),
                    Figures.count(result.appends()),
                    Figures.nanos(result.p50Nanos()),
                    Figures.nanos(result.p99Nanos()),
                    Figures.count((long) result.entriesPerSecond()),
                    Figures.decimal(ofBare(result)),
                    Figures.decimal(result.amplification()));
        }
        return table;
    }

    /** Its speed, by p50, over that of the bare file with the same batches. */
    private double ofBare(BenchResult result) {
        return results.stream()
                .filter(other -> other.backend().equals(AppendScenario.BARE) && other.batch() == result.batch())
                .mapToDouble(bare -> (double) bare.p50Nanos() / Math.max(1, result.p50Nanos()))
                .findFirst()
                .orElse(0);
    }

    JsonText json() {
        JsonText json = new JsonText()
                .object()
                .put("scenario", scenario.toString())
                .put("machine", machine)
                .put("entry_bytes", BenchLog.ENTRY_BYTES);
        if (scenario == Scenario.free_list) {
            json.put("burst", burst).object("burst_entries");
            bursts.forEach(json::put);
            json.end();
        }
        json.array("results");
        results.forEach(result -> result.put(json));
        return json.endArray().end();
    }

    String svg() {
        List<BarChart> charts = new ArrayList<>();
        if (scenario == Scenario.free_list) {
            charts.add(chart("Append latency, p50", BenchResult::p50Nanos, value -> Figures.nanos((long) value)));
            charts.add(chart("Append latency, p99", BenchResult::p99Nanos, value -> Figures.nanos((long) value)));
            charts.add(chart("Bytes synced for each byte of data", BenchResult::amplification, Figures::decimal));
            charts.add(chart(
                    "Free-list entries",
                    result -> result.after().freeListEntries(),
                    value -> Figures.count((long) value)));
        } else {
            charts.add(chart("Append latency, p50", BenchResult::p50Nanos, value -> Figures.nanos((long) value)));
            charts.add(chart("Append latency, p99", BenchResult::p99Nanos, value -> Figures.nanos((long) value)));
            charts.add(chart("Entries a second", BenchResult::entriesPerSecond, value -> Figures.count((long) value)));
        }
        return BarChart.svg(charts);
    }

    private interface Value {
        double of(BenchResult result);
    }

    private BarChart chart(String title, Value value, DoubleFunction<String> label) {
        boolean story = scenario == Scenario.free_list;
        LinkedHashSet<String> groups = new LinkedHashSet<>();
        LinkedHashSet<String> series = new LinkedHashSet<>();
        results.forEach(result -> groups.add(story ? result.backend() : "batch " + result.batch()));
        results.forEach(result -> series.add(story ? result.phase() : result.backend()));
        List<List<Double>> values = new ArrayList<>();
        for (String group : groups) {
            List<Double> bars = new ArrayList<>();
            for (String bar : series) {
                bars.add(results.stream()
                        .filter(result -> group.equals(story ? result.backend() : "batch " + result.batch())
                                && bar.equals(story ? result.phase() : result.backend()))
                        .mapToDouble(value::of)
                        .findFirst()
                        .orElse(0));
            }
            values.add(bars);
        }
        return new BarChart(
                title + " (" + machine + ", logarithmic)", List.copyOf(groups), List.copyOf(series), values, label);
    }
}
