package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.SessionEntry;
import java.util.List;

/** What the session commands, and the ends of nodes and checks, do to a draft. */
final class SessionCommands {

    private SessionCommands() {}

    static void create(Draft draft, Command.CreateSession create) {
        SessionEntry asked = create.session();
        if (draft.sessions.get(asked.id()) != null) {
            throw new Refusal(Rejection.Kind.CONFLICT, "Session '" + asked.id() + "' exists already");
        }
        NodeRecord node = draft.catalog.node(asked.node());
        if (node == null) {
            throw new Refusal(Rejection.Kind.UNKNOWN_NODE, "Missing node registration");
        }
        asked.nodeChecks().forEach(check -> requireHealthy(node, check));
        asked.serviceChecks().forEach(check -> requireHealthy(node, check));
        SessionEntry session = asked.withNode(node.node().name()).withIndexes(draft.revision, draft.revision);
        draft.sessions = draft.sessions.with(session);
        draft.changes.add(new Change.Session(session.id(), null, session));
    }

    private static void requireHealthy(NodeRecord node, String checkId) {
        CheckEntry check = node.checks().get(checkId);
        if (check == null) {
            throw new Refusal(Rejection.Kind.UNKNOWN_CHECK, "Missing check '" + checkId + "' registration");
        }
        if (check.status() == CheckStatus.CRITICAL) {
            throw new Refusal(Rejection.Kind.INVALID, "Check '" + checkId + "' is in critical state");
        }
    }

    static void destroy(Draft draft, Command.DestroySession destroy) {
        SessionEntry session = draft.sessions.get(destroy.id());
        if (session != null) {
            end(draft, session);
        }
    }

    /** Ends the sessions of a node that is going. */
    static void endAllOf(Draft draft, String node) {
        draft.sessions.ofNode(node).forEach(session -> end(draft, session));
    }

    /** Ends the sessions that hang on a check that is critical or gone. */
    static void endThoseOn(Draft draft, CheckEntry check) {
        for (SessionEntry session : draft.sessions.ofNode(check.node())) {
            if (names(session.nodeChecks(), check.id()) || names(session.serviceChecks(), check.id())) {
                end(draft, session);
            }
        }
    }

    private static boolean names(List<String> checks, String id) {
        return checks.stream().anyMatch(id::equalsIgnoreCase);
    }

    /** As in Consul, the lock delay follows whatever ended the session, its owner's wish too; only a release has none. */
    private static void end(Draft draft, SessionEntry session) {
        draft.sessions = draft.sessions.without(session, draft.revision);
        draft.changes.add(new Change.Session(session.id(), session, null));
        long delayMillis = Math.min(session.lockDelayMillis(), CommandLimits.LOCK_DELAY_MILLIS_MAX);
        for (String key : draft.kv.keysHeldBy(session.id())) {
            KvEntry held = draft.kv.entries().get(key);
            switch (session.behavior()) {
                case RELEASE -> KvCommands.release(draft, held);
                case DELETE -> KvCommands.remove(draft, held);
            }
            if (delayMillis > 0) {
                draft.kv = draft.kv.close(key, draft.timeMillis + delayMillis);
            }
        }
    }
}
