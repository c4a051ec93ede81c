package dev.coord.server.acl;

import java.time.Duration;

/**
 * How ACLs are configured. Immutable.
 *
 * @param allowByDefault {@code acl.default_policy}: what is allowed where no rule says anything
 * @param listKeysByRule {@code acl.enable_key_list_policy}: to list keys takes a rule of its own
 * @param persistTokens {@code acl.enable_token_persistence}: tokens given to {@code /v1/agent/token/} outlive a restart
 * @param managementSecret {@code acl.tokens.master}: a management token that the first leader creates; empty: none
 * @param tokens {@code acl.tokens}: this server's own
 */
public record AclSettings(
        boolean enabled,
        boolean allowByDefault,
        boolean listKeysByRule,
        boolean persistTokens,
        String managementSecret,
        OwnTokens tokens) {

    /** The shortest and the longest life that a new token may be given. */
    public static final Duration TOKEN_TTL_MIN = Duration.ofMinutes(1);

    public static final Duration TOKEN_TTL_MAX = Duration.ofHours(24);

    /** No ACLs at all. */
    public static final AclSettings OFF = new AclSettings(false, true, false, false, "", new OwnTokens("", "", "", ""));

    /**
     * The secrets of tokens that a server uses itself; empty: none.
     *
     * @param byDefault for requests without a token
     * @param agent accepted and kept; a server brings its own registrations into the catalog without one
     * @param agentMaster opens this server's own {@code /v1/agent/} paths, whatever has become of the cluster
     * @param replication accepted and kept; there is one datacenter
     */
    public record OwnTokens(String byDefault, String agent, String agentMaster, String replication) {

        /** Shows no secret. */
        @Override
        public String toString() {
            return "OwnTokens[<hidden>]";
        }
    }

    /** Shows no secret. */
    @Override
    public String toString() {
        return "AclSettings[enabled=" + enabled + ", allowByDefault=" + allowByDefault + ", listKeysByRule="
                + listKeysByRule + ", persistTokens=" + persistTokens + "]";
    }
}
