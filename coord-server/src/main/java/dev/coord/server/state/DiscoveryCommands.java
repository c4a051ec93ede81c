package dev.coord.server.state;

import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult.Rejection;
import java.util.List;

/** What the commands of prepared queries, user events and coordinates do to a draft, and what follows from others. */
final class DiscoveryCommands {

    private DiscoveryCommands() {}

    static void set(Draft draft, Command.SetQuery set) {
        PreparedQueries queries = draft.discovery.queries();
        PreparedQuery asked = set.query();
        PreparedQuery before = queries.get(asked.getId());
        if (set.update() && before == null) {
            throw unknown(asked.getId());
        }
        if (!set.update() && before != null) {
            throw new Refusal(Rejection.Kind.CONFLICT, "a query with the id '" + asked.getId() + "' exists already");
        }
        if (before == null && queries.byId().size() >= CommandLimits.QUERIES_MAX) {
            throw new Refusal(
                    Rejection.Kind.CONFLICT,
                    "there are " + CommandLimits.QUERIES_MAX + " prepared queries, no more are taken");
        }
        requireNameFree(queries, asked);
        if (!asked.getSession().isEmpty() && draft.sessions.get(asked.getSession()) == null) {
            throw new Refusal(Rejection.Kind.INVALID_SESSION, "invalid session \"" + asked.getSession() + "\"");
        }
        PreparedQuery after = asked.toBuilder()
                .setCreateRevision(before == null ? draft.revision : before.getCreateRevision())
                .setModifyRevision(draft.revision)
                .build();
        draft.discovery = draft.discovery.with(queries.with(after));
        draft.changes.add(new Change.Query(after.getId(), before, after));
    }

    private static void requireNameFree(PreparedQueries queries, PreparedQuery asked) {
        String name = asked.getName();
        PreparedQuery same = name.isEmpty() && !PreparedQueries.isTemplate(asked) ? null : queries.named(name);
        if (same != null && !same.getId().equals(asked.getId())) {
            throw new Refusal(
                    Rejection.Kind.CONFLICT,
                    name.isEmpty()
                            ? "a query template with an empty name already exists"
                            : "name '" + name + "' aliases an existing query name");
        }
        if (queries.get(name) != null) {
            throw new Refusal(Rejection.Kind.CONFLICT, "name '" + name + "' aliases an existing query ID");
        }
    }

    static void delete(Draft draft, Command.DeleteQuery delete) {
        PreparedQuery query = draft.discovery.queries().get(delete.id());
        if (query == null) {
            throw unknown(delete.id());
        }
        remove(draft, query);
    }

    private static Refusal unknown(String id) {
        return new Refusal(Rejection.Kind.CONFLICT, "Cannot modify non-existent prepared query: '" + id + "'");
    }

    private static void remove(Draft draft, PreparedQuery query) {
        draft.discovery = draft.discovery.with(draft.discovery.queries().without(query, draft.revision));
        draft.changes.add(new Change.Query(query.getId(), query, null));
    }

    static void fire(Draft draft, Command.FireEvent fire) {
        UserEvents events = draft.discovery.events();
        UserEvent event = fire.event().toBuilder().setLtime(events.ltime() + 1).build();
        draft.discovery = draft.discovery.with(events.with(event, draft.revision));
        draft.changes.add(new Change.Event(event));
    }

    static void update(Draft draft, Command.UpdateCoordinates update) {
        for (Coordinate coordinate : update.coordinates()) {
            NodeRecord node = draft.catalog.node(coordinate.getNode());
            Coordinates coordinates = draft.discovery.coordinates();
            Coordinate before = coordinates.of(coordinate.getNode()).get(coordinate.getSegment());
            if (node == null || coordinate.equals(before)) {
                continue;
            }
            draft.discovery = draft.discovery.with(coordinates.with(coordinate, draft.revision));
            draft.changes.add(new Change.NodeCoordinate(node.node().name(), before, coordinate));
        }
    }

    /** A node takes its coordinates with it, a session the queries that hang on it. */
    static void followChanges(Draft draft) {
        for (Change change : List.copyOf(draft.changes)) {
            if (change instanceof Change.Session session && session.after() == null) {
                for (String id : draft.discovery.queries().idsOf(session.id())) {
                    remove(draft, draft.discovery.queries().byId().get(id));
                }
            } else if (change instanceof Change.Node node && node.after() == null) {
                Coordinates before = draft.discovery.coordinates();
                if (before.byNode().containsKey(node.name())) {
                    draft.discovery = draft.discovery.with(before.without(node.name(), draft.revision));
                    draft.changes.add(new Change.NodeCoordinate(node.name(), null, null));
                }
            }
        }
    }
}
