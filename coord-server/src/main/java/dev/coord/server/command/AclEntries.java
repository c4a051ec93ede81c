package dev.coord.server.command;

import java.util.List;

/** Tokens, policies and roles as they stand in the replicated state. All immutable. */
public final class AclEntries {

    /** Id of the policy that allows everything; always there. */
    public static final String MANAGEMENT_POLICY = "00000000-0000-0000-0000-000000000001";
    /** Accessor of the token that stands for whoever shows none; always there. */
    public static final String ANONYMOUS_TOKEN = "00000000-0000-0000-0000-000000000002";
    /** Its secret, which is none. */
    public static final String ANONYMOUS_SECRET = "anonymous";

    private AclEntries() {}

    /** What an instance of a service needs: to register it and its sidecar, and to find others. */
    public record ServiceIdentity(String service, List<String> datacenters) {
        public ServiceIdentity {
            datacenters = List.copyOf(datacenters);
        }
    }

    /** What an agent needs for its node. */
    public record NodeIdentity(String node, String datacenter) {}

    /**
     * What a client shows, and what it stands for.
     *
     * @param accessorId a UUID, which is no secret
     * @param policies ids; one that is gone gives nothing
     * @param roles ids, likewise
     * @param expirationMillis since 1970; 0: never
     * @param legacyType {@code client} or {@code management} for a token with rules of its own, from before policies; else
     *     empty
     */
    public record TokenEntry(
            String accessorId,
            String secretId,
            String description,
            List<String> policies,
            List<String> roles,
            List<ServiceIdentity> serviceIdentities,
            List<NodeIdentity> nodeIdentities,
            boolean local,
            long expirationMillis,
            long createMillis,
            String legacyType,
            String legacyRules,
            long createIndex,
            long modifyIndex) {

        public TokenEntry {
            policies = List.copyOf(policies);
            roles = List.copyOf(roles);
            serviceIdentities = List.copyOf(serviceIdentities);
            nodeIdentities = List.copyOf(nodeIdentities);
        }

        /** A token that never expires, with policies alone. */
        public static TokenEntry of(
                String accessorId, String secretId, String description, List<String> policies, long createMillis) {
            return new TokenEntry(
                    accessorId,
                    secretId,
                    description,
                    policies,
                    List.of(),
                    List.of(),
                    List.of(),
                    false,
                    0,
                    createMillis,
                    "",
                    "",
                    0,
                    0);
        }

        /** True for one with rules of its own. */
        public boolean legacy() {
            return !legacyType.isEmpty();
        }

        public boolean expiredAt(long millis) {
            return expirationMillis != 0 && expirationMillis <= millis;
        }

        public TokenEntry withIndexes(long create, long modify) {
            return new TokenEntry(
                    accessorId,
                    secretId,
                    description,
                    policies,
                    roles,
                    serviceIdentities,
                    nodeIdentities,
                    local,
                    expirationMillis,
                    createMillis,
                    legacyType,
                    legacyRules,
                    create,
                    modify);
        }

        /** Without the secret: this is what logs, dumps and messages show. */
        @Override
        public String toString() {
            return "TokenEntry[accessorId=" + accessorId + ", secretId=<hidden>, description=" + description
                    + ", policies=" + policies + ", roles=" + roles + ", serviceIdentities=" + serviceIdentities
                    + ", nodeIdentities=" + nodeIdentities + ", local=" + local + ", expirationMillis="
                    + expirationMillis + ", legacyType=" + legacyType + "]";
        }
    }

    /**
     * Rules with a name.
     *
     * @param datacenters where it counts; empty: everywhere
     */
    public record PolicyEntry(
            String id,
            String name,
            String description,
            String rules,
            List<String> datacenters,
            long createIndex,
            long modifyIndex) {

        public PolicyEntry {
            datacenters = List.copyOf(datacenters);
        }

        public PolicyEntry withIndexes(long create, long modify) {
            return new PolicyEntry(id, name, description, rules, datacenters, create, modify);
        }
    }

    /** Policies and identities that several tokens share. */
    public record RoleEntry(
            String id,
            String name,
            String description,
            List<String> policies,
            List<ServiceIdentity> serviceIdentities,
            List<NodeIdentity> nodeIdentities,
            long createIndex,
            long modifyIndex) {

        public RoleEntry {
            policies = List.copyOf(policies);
            serviceIdentities = List.copyOf(serviceIdentities);
            nodeIdentities = List.copyOf(nodeIdentities);
        }

        public RoleEntry withIndexes(long create, long modify) {
            return new RoleEntry(id, name, description, policies, serviceIdentities, nodeIdentities, create, modify);
        }
    }
}
