package dev.coord.server.state;

import dev.coord.server.command.SessionEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The sessions. Immutable.
 *
 * @param byNode ids of each node's sessions
 * @param index revision of the last change; 0: none yet
 */
record Sessions(
        TreePMap<String, SessionEntry> byId,
        TreePMap<String, TreePSet<String>> byNode,
        Graveyard graveyard,
        long index) {

    static final Sessions EMPTY = new Sessions(
            TreePMap.empty(),
            TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
            Graveyard.empty(Utf8Order.INSTANCE, State.GONE_NAMES_MAX),
            0);

    @Nullable
    SessionEntry get(String id) {
        return byId.get(id);
    }

    List<SessionEntry> ofNode(String node) {
        return idsOf(node).stream().map(byId::get).toList();
    }

    Sessions with(SessionEntry session) {
        return new Sessions(
                byId.plus(session.id(), session),
                byNode.plus(session.node(), idsOf(session.node()).plus(session.id())),
                graveyard.revive(session.id()),
                Math.max(index, session.modifyIndex()));
    }

    Sessions without(SessionEntry session, long revision) {
        TreePSet<String> rest = idsOf(session.node()).minus(session.id());
        return new Sessions(
                byId.minus(session.id()),
                rest.isEmpty() ? byNode.minus(session.node()) : byNode.plus(session.node(), rest),
                graveyard.bury(session.id(), revision),
                revision);
    }

    private TreePSet<String> idsOf(String node) {
        TreePSet<String> ids = byNode.get(node);
        return ids == null ? TreePSet.empty() : ids;
    }

    long index(String id) {
        SessionEntry session = byId.get(id);
        return session == null ? graveyard.index(id) : session.modifyIndex();
    }

    Sessions withGraveyard(Graveyard other) {
        return new Sessions(byId, byNode, other, index);
    }

    Sessions withIndex(long revision) {
        return new Sessions(byId, byNode, graveyard, revision);
    }
}
