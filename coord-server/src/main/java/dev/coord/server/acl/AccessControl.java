package dev.coord.server.acl;

import dev.coord.server.state.State;

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
