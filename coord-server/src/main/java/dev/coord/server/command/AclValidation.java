package dev.coord.server.command;

import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** What tokens, policies and roles are held to before they are proposed; the words are Consul's. Safe from any thread. */
final class AclValidation {

    private static final Pattern POLICY_NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final Pattern ROLE_NAME = Pattern.compile("[A-Za-z0-9_-]{1,256}");
    private static final Pattern SERVICE_NAME = Pattern.compile("[a-z0-9]|[a-z0-9][a-z0-9_-]{0,254}[a-z0-9]");
    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private AclValidation() {}

    /** @throws ConsensusException {@link ConsensusException.Reason#INVALID} */
    static void validate(AclChange change) {
        if (change instanceof AclChange.Bootstrap bootstrap) {
            validate(bootstrap.token());
        } else if (change instanceof AclChange.PutToken put) {
            validate(put.token());
        } else if (change instanceof AclChange.PutPolicy put) {
            validate(put.policy());
        } else if (change instanceof AclChange.PutRole put) {
            validate(put.role());
        }
    }

    private static void validate(TokenEntry token) {
        require(UUID.matcher(token.accessorId()).matches(), () -> "Invalid Token: AccessorID is not a UUID");
        require(
                !token.secretId().isEmpty() && token.secretId().length() <= CommandLimits.ACL_SECRET_CHARS_MAX,
                () -> "Invalid Token: SecretID has not 1 to " + CommandLimits.ACL_SECRET_CHARS_MAX + " characters");
        requireText("Token", token.description(), token.legacyRules());
        requireLinks("Token", token.policies().size() + token.roles().size());
        identities("token", token.serviceIdentities(), token.nodeIdentities());
        require(
                token.legacyType().isEmpty()
                        || token.legacyType().equals("client")
                        || token.legacyType().equals("management"),
                () -> "Invalid ACL Type");
    }

    private static void validate(PolicyEntry policy) {
        require(!policy.name().isEmpty(), () -> "Invalid Policy: no Name is set");
        require(
                POLICY_NAME.matcher(policy.name()).matches(),
                () -> "Invalid Policy: invalid Name. Only alphanumeric characters, '-' and '_' are allowed");
        requireText("Policy", policy.description(), policy.rules());
        requireLinks("Policy", policy.datacenters().size());
    }

    private static void validate(RoleEntry role) {
        require(!role.name().isEmpty(), () -> "Invalid Role: no Name is set");
        require(
                ROLE_NAME.matcher(role.name()).matches(),
                () -> "Invalid Role: invalid Name. Only alphanumeric characters, '-' and '_' are allowed");
        requireText("Role", role.description(), "");
        requireLinks("Role", role.policies().size());
        identities("role", role.serviceIdentities(), role.nodeIdentities());
    }

    private static void identities(String owner, List<ServiceIdentity> services, List<NodeIdentity> nodes) {
        requireLinks(owner, services.size() + nodes.size());
        for (ServiceIdentity identity : services) {
            require(
                    !identity.service().isEmpty(),
                    () -> "Service identity is missing the service name field on this " + owner);
            require(
                    SERVICE_NAME.matcher(identity.service()).matches(),
                    () -> "Service identity \"" + identity.service()
                            + "\" has an invalid name. Only alphanumeric characters, '-' and '_' are allowed");
        }
        for (NodeIdentity identity : nodes) {
            require(!identity.node().isEmpty(), () -> "Node identity is missing the node name field on this " + owner);
            require(
                    !identity.datacenter().isEmpty(),
                    () -> "Node identity is missing the datacenter field on this " + owner);
            require(
                    SERVICE_NAME.matcher(identity.node()).matches(),
                    () -> "Node identity has an invalid name. Only alphanumeric characters, '-' and '_' are allowed");
        }
    }

    private static void requireText(String owner, String description, String rules) {
        require(
                description.length() <= CommandLimits.ACL_DESCRIPTION_CHARS_MAX,
                () -> "Invalid " + owner + ": the Description is longer than " + CommandLimits.ACL_DESCRIPTION_CHARS_MAX
                        + " characters");
        require(
                rules.length() <= CommandLimits.ACL_RULES_CHARS_MAX,
                () -> "Invalid " + owner + ": the Rules are longer than " + CommandLimits.ACL_RULES_CHARS_MAX
                        + " characters; spread them over several policies");
    }

    private static void requireLinks(String owner, int count) {
        require(
                count <= CommandLimits.ACL_LINKS_MAX,
                () -> "Invalid " + owner + ": " + count + " links are more than " + CommandLimits.ACL_LINKS_MAX);
    }

    private static void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new ConsensusException(ConsensusException.Reason.INVALID, message.get());
        }
    }
}
