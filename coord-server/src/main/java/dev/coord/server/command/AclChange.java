package dev.coord.server.command;

import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.TokenEntry;

/** A change of tokens, policies or roles. Immutable; as text it shows no secret. */
public sealed interface AclChange {

    /**
     * Puts the first management token in place.
     *
     * @param resetIndex revision of the last bootstrap, which allows another one; 0: only if there was none
     */
    record Bootstrap(TokenEntry token, long resetIndex) implements AclChange {}

    /**
     * Creates or replaces a token.
     *
     * @param create true: accessor and secret must be free; false: there must be such an accessor, and its secret stays
     */
    record PutToken(TokenEntry token, boolean create) implements AclChange {}

    /** Deleting what is not there succeeds; likewise the others. */
    record DeleteToken(String accessorId) implements AclChange {}

    /** Creates or replaces a policy. */
    record PutPolicy(PolicyEntry policy, boolean create) implements AclChange {}

    /** Tokens and roles that link to it lose what it gave. */
    record DeletePolicy(String id) implements AclChange {}

    /** Creates or replaces a role. */
    record PutRole(RoleEntry role, boolean create) implements AclChange {}

    /** Tokens that link to it lose what it gave. */
    record DeleteRole(String id) implements AclChange {}

    /** Removes the tokens that have expired by the command's time. */
    record DropExpiredTokens() implements AclChange {}
}
