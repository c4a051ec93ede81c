package dev.coord.server.grpc;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.Change;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.streaming.Event;
import java.util.List;

/**
 * What the caller of one watch may see, followed from state to state. {@link #needsLook} may be called by any thread, the rest
 * by one at a time.
 */
final class WatchRights {

    private final Caller caller;
    private final WatchedSubject subject;
    /** That the rights were looked up in. Written by the one thread, read by any. */
    private volatile AclTables seen;

    private Authorizer may;

    /** Throws {@link dev.coord.server.acl.AccessException} when the caller may not watch this at all. */
    WatchRights(Caller caller, WatchedSubject subject, State state) {
        this.caller = caller;
        this.subject = subject;
        this.seen = state.acl();
        this.may = caller.in(state);
        subject.require().accept(may);
    }

    /** True when tokens or policies have changed since the last look, or the token has expired. */
    @SuppressWarnings(
            "ReferenceEquality") // The same tables are the same object for as long as nothing in them changes.
    boolean needsLook(State state) {
        if (!caller.restricted()) {
            return false;
        }
        if (state.acl() != seen) {
            return true;
        }
        try {
            Authorizer unused = caller.in(state);
            return false;
        } catch (RuntimeException expired) {
            return true;
        }
    }

    /**
     * Looks again. True when the caller may see something else than before.
     *
     * @throws dev.coord.server.acl.AccessException when it may not watch this any more
     */
    boolean changedIn(State state) {
        seen = state.acl();
        Authorizer now = caller.in(state);
        subject.require().accept(now);
        boolean changed = !now.equals(may);
        may = now;
        return changed;
    }

    Authorizer may() {
        return may;
    }

    /** An event as a frame: the one that all share when all of it may be seen, else one of its own. */
    EncodedFrame frame(Event event) {
        if (may.unrestricted()) {
            return ChangeFrames.of(event);
        }
        List<?> changes = event.changes();
        List<?> visible = changes.stream().filter(this::maySee).toList();
        return visible.size() == changes.size() ? ChangeFrames.of(event) : ChangeFrames.of(event.revision(), visible);
    }

    private boolean maySee(Object change) {
        if (change instanceof Change.Kv kv) {
            return may.mayRead(Resource.KEY, kv.key());
        } else if (change instanceof Change.Node node) {
            return may.mayRead(Resource.NODE, node.name());
        } else if (change instanceof Change.Instance instance) {
            ServiceInstance shown = instance.after() == null ? instance.before() : instance.after();
            return shown != null && may.maySee(shown);
        } else if (change instanceof Change.Session session) {
            var shown = session.after() == null ? session.before() : session.after();
            return shown != null && may.maySee(shown);
        }
        // A flag is told to those who may read its set, and the others by no frame.
        return change instanceof Change.Flag || change instanceof Change.FlagSet || change instanceof Change.Check;
    }
}
