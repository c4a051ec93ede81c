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
 * @param lookups how an agent that is no server looks tokens up
 */
public record AclSettings(
        boolean enabled,
        boolean allowByDefault,
        boolean listKeysByRule,
        boolean persistTokens,
        String managementSecret,
        OwnTokens tokens,
        Lookups lookups) {

    /** The shortest and the longest life that a new token may be given. */
    public static final Duration TOKEN_TTL_MIN = Duration.ofMinutes(1);

    public static final Duration TOKEN_TTL_MAX = Duration.ofHours(24);

    /** No ACLs at all. */
    public static final AclSettings OFF =
            new AclSettings(false, true, false, false, "", new OwnTokens("", "", "", ""), Lookups.DEFAULT);

    /**
     * What an agent that is no server does with what servers have told it of a token.
     *
     * @param ttl {@code acl.token_ttl}: for so long it counts without another question
     * @param whenUnreachable {@code acl.down_policy}: what counts afterwards while no server can be asked
     */
    public record Lookups(Duration ttl, DownPolicy whenUnreachable) {

        /** As Consul's. */
        public static final Lookups DEFAULT = new Lookups(Duration.ofSeconds(30), DownPolicy.EXTEND_CACHE);
    }

    /** What a token is worth on an agent that can ask no server. */
    public enum DownPolicy {
        /** Everything; servers take it, for they need not ask. */
        ALLOW,
        /** Nothing, once its time to live is over. */
        DENY,
        /** What it was worth when a server was asked last; nothing if none ever was. */
        EXTEND_CACHE,
        /** The same, also while a server is being asked. */
        ASYNC_CACHE
    }

    /**
     * The secrets of tokens that a server uses itself; empty: none.
     *
     * @param byDefault for requests without a token
     * @param agent for what an agent that is no server does by itself; a server needs none for that
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
