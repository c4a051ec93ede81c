package dev.coord.server.state;

import dev.coord.api.storage.v1.AclIndexes;
import dev.coord.api.storage.v1.AclRecord;
import dev.coord.server.command.AclCodec;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * Tokens, policies and roles. Immutable, safe from any thread. The anonymous token and the policy that allows everything are
 * in there from the beginning.
 */
public final class AclTables {

    private static final String MANAGEMENT_RULES = """

            acl = "write"
            agent_prefix "" {
            \tpolicy = "write"
            }
            event_prefix "" {
            \tpolicy = "write"
            }
            flag_prefix "" {
            \tpolicy = "write"
            }
            key_prefix "" {
            \tpolicy = "write"
            }
            keyring = "write"
            node_prefix "" {
            \tpolicy = "write"
            }
            operator = "write"
            query_prefix "" {
            \tpolicy = "write"
            }
            service_prefix "" {
            \tpolicy = "write"
            \tintentions = "write"
            }
            session_prefix "" {
            \tpolicy = "write"
            }""";

    /** Before anything was changed. */
    static final AclTables INITIAL = new AclTables(
                    TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), 0, 1, 1, 1)
            .with(new PolicyEntry(
                    AclEntries.MANAGEMENT_POLICY,
                    "global-management",
                    "Builtin Policy that grants unlimited access",
                    MANAGEMENT_RULES,
                    List.of(),
                    1,
                    1))
            .with(TokenEntry.of(
                            AclEntries.ANONYMOUS_TOKEN, AclEntries.ANONYMOUS_SECRET, "Anonymous Token", List.of(), 0)
                    .withIndexes(1, 1));

    private final TreePMap<String, TokenEntry> tokens;
    private final TreePMap<SecretDigest, String> accessors;
    private final TreePMap<String, PolicyEntry> policies;
    private final TreePMap<String, RoleEntry> roles;
    private final long bootstrapIndex;
    private final long tokensIndex;
    private final long policiesIndex;
    private final long rolesIndex;

    private AclTables(
            TreePMap<String, TokenEntry> tokens,
            TreePMap<SecretDigest, String> accessors,
            TreePMap<String, PolicyEntry> policies,
            TreePMap<String, RoleEntry> roles,
            long bootstrapIndex,
            long tokensIndex,
            long policiesIndex,
            long rolesIndex) {
        this.tokens = tokens;
        this.accessors = accessors;
        this.policies = policies;
        this.roles = roles;
        this.bootstrapIndex = bootstrapIndex;
        this.tokensIndex = tokensIndex;
        this.policiesIndex = policiesIndex;
        this.rolesIndex = rolesIndex;
    }

    // ---- reading

    public @Nullable TokenEntry token(String accessorId) {
        return tokens.get(accessorId);
    }

    public @Nullable TokenEntry tokenOf(SecretDigest secret) {
        String accessor = accessors.get(secret);
        return accessor == null ? null : tokens.get(accessor);
    }

    /** By accessor. */
    public List<TokenEntry> tokens() {
        return List.copyOf(tokens.values());
    }

    public @Nullable PolicyEntry policy(String id) {
        return policies.get(id);
    }

    public @Nullable PolicyEntry policyNamed(String name) {
        return policies.values().stream()
                .filter(policy -> policy.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** By id. */
    public List<PolicyEntry> policies() {
        return List.copyOf(policies.values());
    }

    public @Nullable RoleEntry role(String id) {
        return roles.get(id);
    }

    public @Nullable RoleEntry roleNamed(String name) {
        return roles.values().stream()
                .filter(role -> role.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** By id. */
    public List<RoleEntry> roles() {
        return List.copyOf(roles.values());
    }

    /** Revision of the last bootstrap; 0: there was none. */
    public long bootstrapIndex() {
        return bootstrapIndex;
    }

    /** Revision of the newest change of any token; likewise the others. */
    public long tokensIndex() {
        return tokensIndex;
    }

    public long policiesIndex() {
        return policiesIndex;
    }

    public long rolesIndex() {
        return rolesIndex;
    }

    /** Revision of the newest change of any of them. */
    public long index() {
        return Math.max(tokensIndex, Math.max(policiesIndex, rolesIndex));
    }

    // ---- the next ones

    /** With a token, in place of the one of its accessor. */
    AclTables with(TokenEntry token) {
        TokenEntry before = tokens.get(token.accessorId());
        TreePMap<SecretDigest, String> others =
                before == null ? accessors : accessors.minus(SecretDigest.of(before.secretId()));
        return new AclTables(
                tokens.plus(token.accessorId(), token),
                others.plus(SecretDigest.of(token.secretId()), token.accessorId()),
                policies,
                roles,
                bootstrapIndex,
                Math.max(tokensIndex, token.modifyIndex()),
                policiesIndex,
                rolesIndex);
    }

    AclTables without(TokenEntry token, long revision) {
        return new AclTables(
                tokens.minus(token.accessorId()),
                accessors.minus(SecretDigest.of(token.secretId())),
                policies,
                roles,
                bootstrapIndex,
                revision,
                policiesIndex,
                rolesIndex);
    }

    AclTables with(PolicyEntry policy) {
        return withPolicies(policies.plus(policy.id(), policy), Math.max(policiesIndex, policy.modifyIndex()));
    }

    AclTables without(PolicyEntry policy, long revision) {
        return withPolicies(policies.minus(policy.id()), revision);
    }

    private AclTables withPolicies(TreePMap<String, PolicyEntry> next, long index) {
        return new AclTables(tokens, accessors, next, roles, bootstrapIndex, tokensIndex, index, rolesIndex);
    }

    AclTables with(RoleEntry role) {
        return withRoles(roles.plus(role.id(), role), Math.max(rolesIndex, role.modifyIndex()));
    }

    AclTables without(RoleEntry role, long revision) {
        return withRoles(roles.minus(role.id()), revision);
    }

    private AclTables withRoles(TreePMap<String, RoleEntry> next, long index) {
        return new AclTables(tokens, accessors, policies, next, bootstrapIndex, tokensIndex, policiesIndex, index);
    }

    AclTables withBootstrapIndex(long revision) {
        return new AclTables(tokens, accessors, policies, roles, revision, tokensIndex, policiesIndex, rolesIndex);
    }

    // ---- snapshots

    /** All there is, with {@link #with(AclRecord)} to put it together again, on top of the initial tables. */
    List<AclRecord> toRecords() {
        List<AclRecord> records = new ArrayList<>();
        records.add(AclRecord.newBuilder()
                .setIndexes(AclIndexes.newBuilder()
                        .setBootstrap(bootstrapIndex)
                        .setTokens(tokensIndex)
                        .setPolicies(policiesIndex)
                        .setRoles(rolesIndex))
                .build());
        policies.values()
                .forEach(policy -> records.add(AclRecord.newBuilder()
                        .setPolicy(AclCodec.toMessage(policy))
                        .build()));
        roles.values()
                .forEach(role -> records.add(
                        AclRecord.newBuilder().setRole(AclCodec.toMessage(role)).build()));
        tokens.values()
                .forEach(token -> records.add(AclRecord.newBuilder()
                        .setToken(AclCodec.toMessage(token))
                        .build()));
        return records;
    }

    /** @throws IllegalArgumentException when the record is one of a newer build */
    AclTables with(AclRecord record) {
        return switch (record.getRecordCase()) {
            case INDEXES -> {
                AclIndexes indexes = record.getIndexes();
                yield new AclTables(
                        tokens,
                        accessors,
                        policies,
                        roles,
                        indexes.getBootstrap(),
                        indexes.getTokens(),
                        indexes.getPolicies(),
                        indexes.getRoles());
            }
            case TOKEN -> with(AclCodec.fromMessage(record.getToken()));
            case POLICY -> with(AclCodec.fromMessage(record.getPolicy()));
            case ROLE -> with(AclCodec.fromMessage(record.getRole()));
            case RECORD_NOT_SET ->
                throw new IllegalArgumentException("an ACL record that this build does not know: a newer build wrote"
                        + " it; start that build or a later one");
        };
    }

    /** A token, without its secret, with the policies and roles that it leads to: for {@link #of} elsewhere. */
    public List<AclRecord> recordsOf(TokenEntry token) {
        List<AclRecord> records = new ArrayList<>();
        records.add(AclRecord.newBuilder()
                .setToken(AclCodec.toMessage(token).toBuilder().clearSecretId())
                .build());
        Set<String> policyIds = new TreeSet<>(token.policies());
        if (token.legacyType().equals("management")) {
            policyIds.add(AclEntries.MANAGEMENT_POLICY);
        }
        for (String id : token.roles()) {
            RoleEntry role = roles.get(id);
            if (role != null) {
                policyIds.addAll(role.policies());
                records.add(
                        AclRecord.newBuilder().setRole(AclCodec.toMessage(role)).build());
            }
        }
        for (String id : policyIds) {
            PolicyEntry policy = policies.get(id);
            if (policy != null) {
                records.add(AclRecord.newBuilder()
                        .setPolicy(AclCodec.toMessage(policy))
                        .build());
            }
        }
        return records;
    }

    /**
     * Of one token: what {@link #recordsOf} gave, beside what is there from the beginning.
     *
     * @throws IllegalArgumentException when a record is one of a newer build
     */
    public static AclTables of(List<AclRecord> records) {
        AclTables tables = INITIAL;
        for (AclRecord record : records) {
            tables = tables.with(record);
        }
        return tables;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof AclTables that
                        && bootstrapIndex == that.bootstrapIndex
                        && tokensIndex == that.tokensIndex
                        && policiesIndex == that.policiesIndex
                        && rolesIndex == that.rolesIndex
                        && tokens.equals(that.tokens)
                        && policies.equals(that.policies)
                        && roles.equals(that.roles));
    }

    @Override
    public int hashCode() {
        return Long.hashCode(index());
    }

    /** Numbers alone. */
    @Override
    public String toString() {
        return "AclTables[tokens=" + tokens.size() + ", policies=" + policies.size() + ", roles=" + roles.size() + "]";
    }
}
