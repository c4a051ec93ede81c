package dev.coord.server.acl;

import dev.coord.server.state.State;
import java.util.concurrent.CompletableFuture;

/** The way from a token to what its bearer may do. Safe from any thread, never blocks. */
public interface AccessControl {

    /** Everybody may do everything. */
    AccessControl OFF = new AccessControl() {
        @Override
        public boolean enabled() {
            return false;
        }

        @Override
        public Authorizer authorizer(State state, String secret) {
            return Authorizer.UNRESTRICTED;
        }

        @Override
        public String accessor(State state, String secret) {
            return "";
        }
    };

    /** False: nobody need be asked for a token. */
    boolean enabled();

    /**
     * Finds out what a token is worth where that can't be told at once: ask before {@link #authorizer}.
     *
     * @param secret as in {@link #authorizer}
     * @return completes, on any thread, when {@link #authorizer} can tell; at once where all tokens are known. Fails with an
     *     {@link AccessException} when there is no such token, or nobody can be asked
     */
    default CompletableFuture<Void> lookUp(String secret) {
        return CompletableFuture.completedFuture(null);
    }

    /**
     * What the bearer of a token may do, by the tokens and policies of a state.
     *
     * @param secret as the client gave it; empty: none, which stands for this server's default token or else the anonymous
     *     one
     * @throws AccessException when there is no such token, or it has expired
     */
    Authorizer authorizer(State state, String secret);

    /**
     * Who the bearer of a token is, for what is written down of what was done: never the secret.
     *
     * @param secret as in {@link #authorizer}
     * @return the token's accessor id; empty: nobody need be asked for a token
     * @throws AccessException as {@link #authorizer} does
     */
    String accessor(State state, String secret);
}
