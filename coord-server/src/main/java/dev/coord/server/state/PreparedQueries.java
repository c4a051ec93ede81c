package dev.coord.server.state;

import dev.coord.api.storage.v1.PreparedQuery;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/**
 * The prepared queries. Immutable.
 *
 * @param idByName of those that have a name, and of the template with the empty name; names in lower case
 * @param bySession ids of those that go with a session
 * @param index revision of the last change; 0: none yet
 */
record PreparedQueries(
        TreePMap<String, PreparedQuery> byId,
        TreePMap<String, String> idByName,
        TreePMap<String, TreePSet<String>> bySession,
        long index) {

    static final PreparedQueries EMPTY = new PreparedQueries(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), 0);

    static boolean isTemplate(PreparedQuery query) {
        return !query.getTemplateType().isEmpty();
    }

    private static boolean isFoundByName(PreparedQuery query) {
        return !query.getName().isEmpty() || isTemplate(query);
    }

    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    @Nullable
    PreparedQuery get(String id) {
        return byId.get(id);
    }

    /** The query of exactly this name. */
    @Nullable
    PreparedQuery named(String name) {
        String id = idByName.get(folded(name));
        return id == null ? null : byId.get(id);
    }

    /** The template with the longest prefix of this name. */
    @Nullable
    PreparedQuery templateFor(String name) {
        String folded = folded(name);
        for (int length = folded.length(); length >= 0; length--) {
            String id = idByName.get(folded.substring(0, length));
            PreparedQuery query = id == null ? null : byId.get(id);
            if (query != null && isTemplate(query)) {
                return query;
            }
        }
        return null;
    }

    PreparedQueries with(PreparedQuery query) {
        PreparedQuery before = byId.get(query.getId());
        PreparedQueries others = before == null ? this : without(before, index);
        String session = query.getSession();
        return new PreparedQueries(
                others.byId.plus(query.getId(), query),
                isFoundByName(query) ? others.idByName.plus(folded(query.getName()), query.getId()) : others.idByName,
                session.isEmpty()
                        ? others.bySession
                        : others.bySession.plus(session, others.idsOf(session).plus(query.getId())),
                Math.max(index, query.getModifyRevision()));
    }

    PreparedQueries without(PreparedQuery query, long revision) {
        String session = query.getSession();
        TreePSet<String> rest = idsOf(session).minus(query.getId());
        return new PreparedQueries(
                byId.minus(query.getId()),
                isFoundByName(query) ? idByName.minus(folded(query.getName())) : idByName,
                rest.isEmpty() ? bySession.minus(session) : bySession.plus(session, rest),
                revision);
    }

    TreePSet<String> idsOf(String session) {
        TreePSet<String> ids = bySession.get(session);
        return ids == null ? TreePSet.empty() : ids;
    }

    PreparedQueries withIndex(long revision) {
        return new PreparedQueries(byId, idByName, bySession, revision);
    }
}
