package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server's metrics as Consul's agents show them by themselves: gauges and counters, and of every timer how often and how
 * long in all. Made of the text that Prometheus gets, which holds everything.
 */
final class MetricsJson {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss Z zzz", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");
    private static final Pattern SAMPLE = Pattern.compile("([A-Za-z_:][\\w:]*)(?:\\{(.*)})? (\\S+)");
    /** What comes after it ends at the first quote without a backslash: no pattern, which would recurse for each character. */
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

    private MetricsJson() {}

    private record Sample(String name, String labels, double value) {}

    static void write(JsonGenerator json, String prometheus) throws IOException {
        Map<String, String> types = new HashMap<>();
        List<Sample> samples = new ArrayList<>();
        prometheus.lines().forEach(line -> {
            Matcher type = TYPE.matcher(line);
            Matcher sample = SAMPLE.matcher(line);
            if (type.matches()) {
                types.put(type.group(1), type.group(2));
            } else if (sample.matches()) {
                samples.add(new Sample(
                        sample.group(1),
                        sample.group(2) == null ? "" : sample.group(2),
                        Double.parseDouble(sample.group(3).replace("Inf", "Infinity"))));
            }
        });
        json.writeStartObject();
        json.writeStringField("Timestamp", TIME.format(Instant.now()));
        json.writeArrayFieldStart("Gauges");
        for (Sample sample : samples) {
            if (types.getOrDefault(sample.name, "").equals("gauge")) {
                gauge(json, sample);
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("Points");
        json.writeEndArray();
        json.writeArrayFieldStart("Counters");
        for (Sample sample : samples) {
            if (types.getOrDefault(sample.name, "").equals("counter")) {
                counted(json, sample, sample.value, sample.value);
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("Samples");
        timers(json, types, samples);
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void timers(JsonGenerator json, Map<String, String> types, List<Sample> samples) throws IOException {
        Map<String, Double> sums = new HashMap<>();
        samples.forEach(sample -> sums.put(sample.name + "{" + sample.labels, sample.value));
        for (Sample sample : samples) {
            String timer = sample.name.endsWith("_count")
                    ? sample.name.substring(0, sample.name.length() - "_count".length())
                    : "";
            if (types.containsKey(timer)) {
                double sum = sums.getOrDefault(timer + "_sum{" + sample.labels, 0.0);
                counted(json, new Sample(timer, sample.labels, sample.value), sample.value, sum);
            }
        }
    }

    private static void gauge(JsonGenerator json, Sample sample) throws IOException {
        json.writeStartObject();
        json.writeStringField("Name", sample.name);
        number(json, "Value", sample.value);
        labels(json, sample.labels);
        json.writeEndObject();
    }

    private static void counted(JsonGenerator json, Sample sample, double count, double sum) throws IOException {
        double mean = count == 0 ? 0 : sum / count;
        json.writeStartObject();
        json.writeStringField("Name", sample.name);
        json.writeNumberField("Count", (long) count);
        number(json, "Sum", sum);
        number(json, "Mean", mean);
        labels(json, sample.labels);
        json.writeEndObject();
    }

    /** JSON knows no infinity. */
    private static void number(JsonGenerator json, String name, double value) throws IOException {
        json.writeNumberField(name, Double.isFinite(value) ? value : 0);
    }

    private static void labels(JsonGenerator json, String labels) throws IOException {
        json.writeObjectFieldStart("Labels");
        Matcher label = LABEL.matcher(labels);
        int from = 0;
        while (label.find(from)) {
            StringBuilder value = new StringBuilder();
            int at = label.end();
            for (; at < labels.length() && labels.charAt(at) != '"'; at++) {
                at += labels.charAt(at) == '\\' && at + 1 < labels.length() ? 1 : 0;
                value.append(labels.charAt(at));
            }
            json.writeStringField(label.group(1), value.toString());
            from = Math.min(at + 1, labels.length());
        }
        json.writeEndObject();
    }
}
