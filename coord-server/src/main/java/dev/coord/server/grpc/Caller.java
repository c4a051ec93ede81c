package dev.coord.server.grpc;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.state.State;
import io.grpc.Context;
import org.jspecify.annotations.Nullable;

/** Who makes a gRPC call: the bearer of its token. Safe from any thread, for as long as the call lasts. */
final class Caller {

    private static final Context.Key<Caller> KEY = Context.key("coord-caller");

    private final AccessControl access;
    private final String secret;
    private final String client;
    /** Written and read by any thread that works for the call. */
    private volatile boolean asked;

    /** @param client where the call comes from: an address */
    Caller(AccessControl access, String secret, String client) {
        this.access = access;
        this.secret = secret;
        this.client = client;
    }

    /** Of the call that this thread handles: ask in the method that gRPC calls, not in one that runs later. */
    static Caller current() {
        Caller caller = KEY.get();
        if (caller == null) {
            throw new IllegalStateException("this thread handles no call that came through the CallerInterceptor");
        }
        return caller;
    }

    /** As {@link #current}; null where nobody need say who calls. */
    static @Nullable Caller currentOrNull() {
        return KEY.get();
    }

    Context in(Context context) {
        return context.withValue(KEY, this);
    }

    /**
     * What the caller may do, by the tokens and policies of a state. Every method asks, before it answers or writes.
     *
     * @throws dev.coord.server.acl.AccessException when there is no such token, or no more
     */
    Authorizer in(State state) {
        asked = true;
        return access.authorizer(state, secret);
    }

    /** The token's accessor id; empty: there are no tokens. Fails as {@link #in(State)} does. */
    String accessor(State state) {
        return access.accessor(state, secret);
    }

    /** Whose call this is when clients are given fair shares. */
    String client() {
        return client;
    }

    /** There is nothing to ask: the answer is for everybody. */
    void needsNothing() {
        asked = true;
    }

    /** False: the caller may do everything. */
    boolean restricted() {
        return access.enabled();
    }

    /** False: an answer now would be one that nobody has allowed. */
    boolean asked() {
        return asked || !access.enabled();
    }
}
