package dev.coord.client;

import dev.coord.api.v1.Feature;
import java.util.List;

/**
 * A feature of the servers that stands behind a flag of its name in the set {@code coord}. Immutable.
 *
 * @param risk what may go wrong with it
 * @param applied how a change of its flag takes effect
 * @param choices what it can be
 * @param unset what holds without a flag
 * @param safe what holds when its flag can't be evaluated
 * @param state {@code unset}, {@code the same for everyone}, {@code by rule}, {@code disabled} or {@code broken}
 * @param problem why its flag can't be evaluated; empty: it can
 * @param reach who gets which choice now
 */
public record ServerFeature(
        String name,
        String what,
        String risk,
        String applied,
        List<String> choices,
        String unset,
        String safe,
        String state,
        String problem,
        List<Group> reach) {

    public ServerFeature {
        choices = List.copyOf(choices);
        reach = List.copyOf(reach);
    }

    /**
     * Those who get the same.
     *
     * @param kind {@code services} or {@code servers}
     * @param names the first of them
     */
    public record Group(String choice, String kind, int count, List<String> names) {
        public Group {
            names = List.copyOf(names);
        }
    }

    static ServerFeature of(Feature message) {
        return new ServerFeature(
                message.getName(),
                message.getWhat(),
                message.getRisk(),
                message.getApplied(),
                message.getChoicesList(),
                message.getUnset(),
                message.getSafe(),
                message.getState(),
                message.getProblem(),
                message.getReachList().stream()
                        .map(group ->
                                new Group(group.getChoice(), group.getKind(), group.getCount(), group.getNamesList()))
                        .toList());
    }
}
