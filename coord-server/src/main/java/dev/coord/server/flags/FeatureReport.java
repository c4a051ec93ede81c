package dev.coord.server.flags;

import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.ClusterView;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How one feature stands: for people. Immutable.
 *
 * @param problem why its flag can't be evaluated for somebody; empty: it can
 * @param reach who gets which choice now, by choice
 */
public record FeatureReport(Feature feature, Standing standing, String problem, List<Group> reach) {

    /** The most names that are given of a group. */
    public static final int NAMES_MAX = 20;

    /** What its flag says. */
    public enum Standing {
        /** There is no flag. */
        UNSET("unset"),
        EVERYONE("the same for everyone"),
        BY_RULE("by rule"),
        DISABLED("disabled"),
        /** The flag can't be evaluated for anybody. */
        BROKEN("broken");

        private final String text;

        Standing(String text) {
            this.text = text;
        }

        /** For people. */
        public String text() {
            return text;
        }
    }

    /** Those who get the same. */
    public record Group(String choice, int count, List<String> names) {}

    public FeatureReport {
        reach = List.copyOf(reach);
    }

    /** All features, in one state. Costs an evaluation for each service and each server. */
    public static List<FeatureReport> all(State state, ClusterView cluster) {
        FlagSetEntry set = state.flagSet(Feature.SET);
        CompiledSet compiled = CompiledSet.of(set);
        List<FeatureReport> reports = new ArrayList<>();
        for (Feature feature : Feature.values()) {
            reports.add(of(feature, compiled.flag(feature.flag()), state, cluster));
        }
        return reports;
    }

    /** One feature. Costs an evaluation for each service or each server. */
    public static FeatureReport of(Feature feature, State state, ClusterView cluster) {
        return of(feature, CompiledSet.of(state.flagSet(Feature.SET)).flag(feature.flag()), state, cluster);
    }

    private static FeatureReport of(Feature feature, @Nullable CompiledFlag flag, State state, ClusterView cluster) {
        Map<String, String> problems = new TreeMap<>();
        SortedMap<String, TreeSet<String>> groups = new TreeMap<>();
        subjects(feature, state, cluster).forEach((name, context) -> {
            String choice = feature.unset();
            if (flag != null) {
                Evaluation evaluation = flag.evaluate(() -> context.apply(name));
                choice = FeatureSnapshot.safe(feature, evaluation);
                if (evaluation.error() != null) {
                    problems.put(name, evaluation.error());
                }
            }
            groups.computeIfAbsent(choice, any -> new TreeSet<>()).add(name);
        });
        List<Group> reach = new ArrayList<>();
        groups.forEach((choice, names) -> reach.add(
                new Group(choice, names.size(), names.stream().limit(NAMES_MAX).toList())));
        int subjects = groups.values().stream().mapToInt(TreeSet::size).sum();
        boolean broken = subjects > 0 && problems.size() == subjects;
        return new FeatureReport(
                feature,
                standing(flag, broken),
                problems.values().stream().findFirst().orElse(""),
                reach);
    }

    private static Standing standing(@Nullable CompiledFlag flag, boolean broken) {
        if (flag == null) {
            return Standing.UNSET;
        } else if (!flag.isEnabled()) {
            return Standing.DISABLED;
        } else if (broken) {
            return Standing.BROKEN;
        }
        return flag.isStatic() ? Standing.EVERYONE : Standing.BY_RULE;
    }

    /** Whom a feature is decided for, each with what its context is made of. */
    private static Map<String, Function<String, ImmutableContext>> subjects(
            Feature feature, State state, ClusterView cluster) {
        Map<String, Function<String, ImmutableContext>> subjects = new TreeMap<>();
        if (feature.reach() == Feature.Reach.SERVICES) {
            Map<String, Value> own = attributes(state, cluster.self());
            for (String service : state.services().keySet()) {
                subjects.put(service, name -> {
                    Map<String, Value> attributes = new HashMap<>(own);
                    String folded = name.toLowerCase(Locale.ROOT);
                    attributes.put("service", new Value(folded));
                    return new ImmutableContext(folded, attributes);
                });
            }
        } else {
            for (ClusterView.Server server : cluster.servers()) {
                subjects.put(server.name(), name -> new ImmutableContext(name, attributes(state, server)));
            }
        }
        return subjects;
    }

    private static Map<String, Value> attributes(State state, ClusterView.Server server) {
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("node", new Value(server.name()));
        attributes.put("datacenter", new Value(server.datacenter()));
        NodeEntry node = state.node(server.name());
        String zone = node == null ? null : node.meta().get("zone");
        if (zone != null) {
            attributes.put("zone", new Value(zone));
        }
        return attributes;
    }
}
