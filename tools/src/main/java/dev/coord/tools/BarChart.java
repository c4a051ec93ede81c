package dev.coord.tools;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * Groups of bars on a logarithmic scale, as SVG: a plot without a library for plots.
 *
 * @param title above it
 * @param groups their names, from left to right
 * @param series names of the bars in each group, from left to right
 * @param values a list for each group, of a value for each series; 0 draws no bar
 * @param label writes a value
 */
record BarChart(
        String title,
        List<String> groups,
        List<String> series,
        List<List<Double>> values,
        DoubleFunction<String> label) {

    static final int WIDTH = 760;
    static final int HEIGHT = 300;

    private static final int LEFT = 20;
    private static final int TOP = 60;
    private static final int PLOT_HEIGHT = 200;
    private static final String[] COLOURS = {"#4477aa", "#cc6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"};

    BarChart {
        groups = List.copyOf(groups);
        series = List.copyOf(series);
        values = List.copyOf(values);
    }

    /** One below the other. */
    static String svg(List<BarChart> charts) {
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT * charts.size()));
        for (int i = 0; i < charts.size(); i++) {
            svg.append(String.format(Locale.ROOT, "<g transform=\"translate(0 %d)\">%n", i * HEIGHT));
            charts.get(i).draw(svg);
            svg.append("</g>\n");
        }
        return svg.append("</svg>\n").toString();
    }

    private void draw(StringBuilder svg) {
        text(svg, LEFT, 20, "start", "#000", title);
        int x = LEFT;
        for (int i = 0; i < series.size(); i++) {
            rectangle(svg, x, 32, 10, 10, COLOURS[i % COLOURS.length]);
            text(svg, x + 14, 41, "start", "#444", series.get(i));
            x += 24 + 7 * series.get(i).length();
        }
        double least = Math.log10(extreme(true)) - 0.3;
        double span = Math.max(0.1, Math.log10(extreme(false)) - least);
        double groupWidth = (double) (WIDTH - 2 * LEFT) / groups.size();
        double barWidth = Math.min(60, groupWidth * 0.8 / series.size());
        for (int g = 0; g < groups.size(); g++) {
            double begin = LEFT + g * groupWidth + (groupWidth - barWidth * series.size()) / 2;
            for (int s = 0; s < series.size(); s++) {
                double value = values.get(g).get(s);
                if (value > 0) {
                    double height = (Math.log10(value) - least) / span * PLOT_HEIGHT * 0.9;
                    double left = begin + s * barWidth;
                    rectangle(svg, left, TOP + PLOT_HEIGHT - height, barWidth - 2, height, COLOURS[s % COLOURS.length]);
                    text(
                            svg,
                            left + barWidth / 2,
                            TOP + PLOT_HEIGHT - height - 4,
                            "middle",
                            "#000",
                            label.apply(value));
                }
            }
            text(svg, LEFT + (g + 0.5) * groupWidth, TOP + PLOT_HEIGHT + 18, "middle", "#000", groups.get(g));
        }
    }

    private double extreme(boolean least) {
        var all = values.stream()
                .flatMap(List::stream)
                .mapToDouble(value -> value)
                .filter(value -> value > 0);
        return (least ? all.min() : all.max()).orElse(1);
    }

    private static void rectangle(StringBuilder svg, double x, double y, double width, double height, String colour) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
                x,
                y,
                width,
                height,
                colour));
    }

    private static void text(StringBuilder svg, double x, double y, String anchor, String colour, String text) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                colour,
                text.replace("&", "&amp;").replace("<", "&lt;")));
    }
}
