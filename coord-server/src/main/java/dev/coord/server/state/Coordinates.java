package dev.coord.server.state;

import dev.coord.api.storage.v1.Coordinate;
import dev.coord.server.command.CommandLimits;
import java.util.ArrayList;
import java.util.List;
import org.pcollections.TreePMap;

/**
 * Where nodes are on the map of round-trip times, by node and segment. Immutable.
 *
 * @param index revision of the last change; 0: none yet
 */
record Coordinates(TreePMap<String, TreePMap<String, Coordinate>> byNode, long index) {

    static final Coordinates EMPTY = new Coordinates(TreePMap.empty(String.CASE_INSENSITIVE_ORDER), 0);

    /** By segment. */
    TreePMap<String, Coordinate> of(String node) {
        TreePMap<String, Coordinate> segments = byNode.get(node);
        return segments == null ? TreePMap.empty() : segments;
    }

    /** By node and segment. */
    List<Coordinate> all() {
        List<Coordinate> all = new ArrayList<>();
        byNode.values().forEach(segments -> all.addAll(segments.values()));
        return all;
    }

    /** One more segment of a node than the limit allows is let pass. */
    Coordinates with(Coordinate coordinate, long revision) {
        TreePMap<String, Coordinate> before = of(coordinate.getNode());
        TreePMap<String, Coordinate> after = before.plus(coordinate.getSegment(), coordinate);
        return after.size() > CommandLimits.COORDINATE_SEGMENTS_MAX
                ? this
                : new Coordinates(byNode.plus(coordinate.getNode(), after), revision);
    }

    Coordinates without(String node, long revision) {
        return new Coordinates(byNode.minus(node), revision);
    }

    Coordinates withIndex(long revision) {
        return new Coordinates(byNode, revision);
    }
}
