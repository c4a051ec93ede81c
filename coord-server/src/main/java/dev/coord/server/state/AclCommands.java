package dev.coord.server.state;

import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.SecretDigest;

/** What the changes of tokens, policies and roles do to a draft. Their words are Consul's, and show no secret. */
final class AclCommands {

    private AclCommands() {}

    static void apply(Draft draft, AclChange change) {
        AclTables before = draft.acl;
        if (change instanceof AclChange.Bootstrap bootstrap) {
            bootstrap(draft, bootstrap);
        } else if (change instanceof AclChange.PutToken put) {
            put(draft, put.token(), put.create());
        } else if (change instanceof AclChange.DeleteToken delete) {
            deleteToken(draft, delete.accessorId());
        } else if (change instanceof AclChange.PutPolicy put) {
            put(draft, put.policy(), put.create());
        } else if (change instanceof AclChange.DeletePolicy delete) {
            deletePolicy(draft, delete.id());
        } else if (change instanceof AclChange.PutRole put) {
            put(draft, put.role(), put.create());
        } else if (change instanceof AclChange.DeleteRole delete) {
            RoleEntry role = draft.acl.role(delete.id());
            draft.acl = role == null ? draft.acl : draft.acl.without(role, draft.revision);
        } else if (change instanceof AclChange.DropExpiredTokens) {
            draft.acl.tokens().stream()
                    .filter(token -> token.expiredAt(draft.timeMillis))
                    .forEach(token -> draft.acl = draft.acl.without(token, draft.revision));
        } else {
            throw new IllegalStateException("no rule applies a " + change.getClass());
        }
        if (!draft.acl.equals(before)) {
            draft.changes.add(new Change.Acl(before, draft.acl));
        }
    }

    private static void bootstrap(Draft draft, AclChange.Bootstrap bootstrap) {
        long last = draft.acl.bootstrapIndex();
        if (last != bootstrap.resetIndex()) {
            throw new Refusal(
                    Rejection.Kind.DENIED,
                    "Permission denied: ACL bootstrap no longer allowed (reset index: " + last + ")");
        }
        put(draft, bootstrap.token(), true);
        draft.acl = draft.acl.withBootstrapIndex(draft.revision);
    }

    private static void put(Draft draft, TokenEntry token, boolean create) {
        TokenEntry before = draft.acl.token(token.accessorId());
        TokenEntry sameSecret = draft.acl.tokenOf(SecretDigest.of(token.secretId()));
        if (create && before != null) {
            throw conflict("Invalid Token: AccessorID is already in use");
        }
        if (create && sameSecret != null) {
            throw conflict("Invalid Token: SecretID is already in use");
        }
        if (!create && before == null) {
            throw conflict("Cannot find token \"" + token.accessorId() + "\"");
        }
        if (!create && (sameSecret == null || !sameSecret.accessorId().equals(token.accessorId()))) {
            throw conflict("Changing a token's SecretID is not permitted");
        }
        draft.acl = draft.acl.with(
                token.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision));
    }

    private static void deleteToken(Draft draft, String accessorId) {
        if (accessorId.equals(AclEntries.ANONYMOUS_TOKEN)) {
            throw conflict("Delete operation not permitted on the anonymous token");
        }
        TokenEntry token = draft.acl.token(accessorId);
        draft.acl = token == null ? draft.acl : draft.acl.without(token, draft.revision);
    }

    private static void put(Draft draft, PolicyEntry policy, boolean create) {
        PolicyEntry before = draft.acl.policy(policy.id());
        if (create && before != null) {
            throw conflict("Invalid Policy: a Policy with ID \"" + policy.id() + "\" already exists");
        }
        if (!create && before == null) {
            throw conflict("cannot find policy " + policy.id());
        }
        PolicyEntry named = draft.acl.policyNamed(policy.name());
        if (named != null && !named.id().equals(policy.id())) {
            throw conflict("Invalid Policy: A Policy with Name \"" + policy.name() + "\" already exists");
        }
        boolean builtin = policy.id().equals(AclEntries.MANAGEMENT_POLICY) && before != null;
        if (builtin && !before.rules().equals(policy.rules())) {
            throw conflict("Changing the Rules for the builtin global-management policy is not permitted");
        }
        if (builtin && !policy.datacenters().isEmpty()) {
            throw conflict("Changing the Datacenters of the builtin global-management policy is not permitted");
        }
        draft.acl = draft.acl.with(
                policy.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision));
    }

    private static void deletePolicy(Draft draft, String id) {
        if (id.equals(AclEntries.MANAGEMENT_POLICY)) {
            throw conflict("Delete operation not permitted on the builtin global-management policy");
        }
        PolicyEntry policy = draft.acl.policy(id);
        draft.acl = policy == null ? draft.acl : draft.acl.without(policy, draft.revision);
    }

    private static void put(Draft draft, RoleEntry role, boolean create) {
        RoleEntry before = draft.acl.role(role.id());
        if (create && before != null) {
            throw conflict("Invalid Role: a Role with ID \"" + role.id() + "\" already exists");
        }
        if (!create && before == null) {
            throw conflict("cannot find role " + role.id());
        }
        RoleEntry named = draft.acl.roleNamed(role.name());
        if (named != null && !named.id().equals(role.id())) {
            throw conflict("Invalid Role: A Role with Name \"" + role.name() + "\" already exists");
        }
        draft.acl = draft.acl.with(
                role.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision));
    }

    private static Refusal conflict(String message) {
        return new Refusal(Rejection.Kind.CONFLICT, message);
    }
}
