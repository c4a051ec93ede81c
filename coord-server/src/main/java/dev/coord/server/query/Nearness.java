package dev.coord.server.query;

import dev.coord.api.storage.v1.Coordinate;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Sorts by the round-trip time that network coordinates foretell. */
public final class Nearness {

    private Nearness() {}

    /**
     * The same things, nearest to a node first; those on nodes of which nobody has said where they are come last, in their
     * order. As they were when that is not known of the node itself.
     *
     * @param near name of the node; empty: as they were
     * @param node name of the node that a thing is on
     */
    public static <T> List<T> sorted(State state, String near, List<T> things, Function<T, String> node) {
        Map<String, Coordinate> from = near.isEmpty() ? Map.of() : state.coordinatesOf(near);
        if (from.isEmpty()) {
            return things;
        }
        Map<T, Double> seconds = new HashMap<>();
        for (T thing : things) {
            seconds.put(thing, seconds(from, state.coordinatesOf(node.apply(thing))));
        }
        List<T> sorted = new ArrayList<>(things);
        sorted.sort((a, b) -> Double.compare(seconds.get(a), seconds.get(b)));
        return sorted;
    }

    /** Infinite when they have no segment in common. */
    private static double seconds(Map<String, Coordinate> from, Map<String, Coordinate> to) {
        // A node in one segment alone can only be reached there; one in several answers in the other's.
        String segment = from.size() == 1 ? from.keySet().iterator().next() : firstOf(to);
        Coordinate here = from.get(segment);
        Coordinate there = to.get(segment);
        return here == null || there == null ? Double.POSITIVE_INFINITY : seconds(here, there);
    }

    private static String firstOf(Map<String, Coordinate> segments) {
        return segments.size() == 1 ? segments.keySet().iterator().next() : "";
    }

    /** The round-trip time between two coordinates of the same segment, seconds. */
    public static double seconds(Coordinate a, Coordinate b) {
        double squares = 0;
        for (int i = 0; i < Math.min(a.getVecCount(), b.getVecCount()); i++) {
            double apart = a.getVec(i) - b.getVec(i);
            squares += apart * apart;
        }
        double distance = Math.sqrt(squares) + a.getHeight() + b.getHeight();
        double adjusted = distance + a.getAdjustment() + b.getAdjustment();
        return adjusted > 0 ? adjusted : distance;
    }
}
