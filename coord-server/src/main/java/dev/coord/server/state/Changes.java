package dev.coord.server.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Makes one change of several of the same thing, so that a watcher sees each thing change once in a revision. */
final class Changes {

    private Changes() {}

    /** What a change is of: two that are equal are of the same thing. */
    private record Thing(Class<? extends Change> kind, String first, String second, String third) {
        static Thing of(Change change) {
            if (change instanceof Change.Kv kv) {
                return new Thing(Change.Kv.class, kv.key(), "", "");
            } else if (change instanceof Change.Node node) {
                return new Thing(Change.Node.class, folded(node.name()), "", "");
            } else if (change instanceof Change.Instance instance) {
                return new Thing(
                        Change.Instance.class,
                        folded(instance.service()),
                        folded(instance.node()),
                        folded(instance.serviceId()));
            } else if (change instanceof Change.Check check) {
                return new Thing(Change.Check.class, folded(check.node()), folded(check.checkId()), "");
            } else if (change instanceof Change.Session session) {
                return new Thing(Change.Session.class, session.id(), "", "");
            }
            throw new IllegalStateException("no transaction makes a " + change.getClass());
        }

        private static String folded(String name) {
            return name.toLowerCase(Locale.ROOT);
        }
    }

    /** In place: the first change's before, the last one's after, in the order of the first. */
    static void merge(List<Change> changes) {
        Map<Thing, Change> merged = new LinkedHashMap<>();
        for (Change change : changes) {
            merged.merge(Thing.of(change), change, Changes::joined);
        }
        if (merged.size() < changes.size()) {
            List<Change> left = new ArrayList<>(merged.values());
            left.removeIf(Changes::isNothing);
            changes.clear();
            changes.addAll(left);
        }
    }

    private static Change joined(Change first, Change last) {
        if (first instanceof Change.Kv from && last instanceof Change.Kv to) {
            return new Change.Kv(to.key(), from.before(), to.after());
        } else if (first instanceof Change.Node from && last instanceof Change.Node to) {
            return new Change.Node(to.name(), from.before(), to.after());
        } else if (first instanceof Change.Instance from && last instanceof Change.Instance to) {
            return new Change.Instance(to.service(), to.node(), to.serviceId(), from.before(), to.after());
        } else if (first instanceof Change.Check from && last instanceof Change.Check to) {
            return new Change.Check(to.node(), to.checkId(), from.before(), to.after());
        } else if (first instanceof Change.Session from && last instanceof Change.Session to) {
            return new Change.Session(to.id(), from.before(), to.after());
        }
        throw new IllegalStateException(first + " and " + last + " are not of the same thing");
    }

    private static boolean isNothing(Change change) {
        return Objects.equals(change.before(), change.after());
    }
}
