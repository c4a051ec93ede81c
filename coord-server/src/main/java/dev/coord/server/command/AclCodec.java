package dev.coord.server.command;

import dev.coord.api.storage.v1.AclBootstrap;
import dev.coord.api.storage.v1.AclDelete;
import dev.coord.api.storage.v1.AclDropExpiredTokens;
import dev.coord.api.storage.v1.AclNodeIdentity;
import dev.coord.api.storage.v1.AclPolicy;
import dev.coord.api.storage.v1.AclPutPolicy;
import dev.coord.api.storage.v1.AclPutRole;
import dev.coord.api.storage.v1.AclPutToken;
import dev.coord.api.storage.v1.AclRole;
import dev.coord.api.storage.v1.AclServiceIdentity;
import dev.coord.api.storage.v1.AclToken;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import java.util.List;

/** Changes and entries of tokens, policies and roles as messages, there and back. Safe from any thread. */
public final class AclCodec {

    private AclCodec() {}

    static dev.coord.api.storage.v1.AclChange toMessage(AclChange change) {
        var message = dev.coord.api.storage.v1.AclChange.newBuilder();
        if (change instanceof AclChange.Bootstrap bootstrap) {
            message.setBootstrap(AclBootstrap.newBuilder()
                    .setToken(toMessage(bootstrap.token()))
                    .setResetRevision(bootstrap.resetIndex()));
        } else if (change instanceof AclChange.PutToken put) {
            message.setPutToken(
                    AclPutToken.newBuilder().setToken(toMessage(put.token())).setCreate(put.create()));
        } else if (change instanceof AclChange.DeleteToken delete) {
            message.setDeleteToken(AclDelete.newBuilder().setId(delete.accessorId()));
        } else if (change instanceof AclChange.PutPolicy put) {
            message.setPutPolicy(
                    AclPutPolicy.newBuilder().setPolicy(toMessage(put.policy())).setCreate(put.create()));
        } else if (change instanceof AclChange.DeletePolicy delete) {
            message.setDeletePolicy(AclDelete.newBuilder().setId(delete.id()));
        } else if (change instanceof AclChange.PutRole put) {
            message.setPutRole(
                    AclPutRole.newBuilder().setRole(toMessage(put.role())).setCreate(put.create()));
        } else if (change instanceof AclChange.DeleteRole delete) {
            message.setDeleteRole(AclDelete.newBuilder().setId(delete.id()));
        } else if (change instanceof AclChange.DropExpiredTokens) {
            message.setDropExpiredTokens(AclDropExpiredTokens.getDefaultInstance());
        } else {
            throw new IllegalStateException("no encoding for a " + change.getClass());
        }
        return message.build();
    }

    /** @throws IllegalArgumentException when it is a change that this build does not know */
    static AclChange fromMessage(dev.coord.api.storage.v1.AclChange message) {
        return switch (message.getChangeCase()) {
            case BOOTSTRAP ->
                new AclChange.Bootstrap(
                        fromMessage(message.getBootstrap().getToken()),
                        message.getBootstrap().getResetRevision());
            case PUT_TOKEN ->
                new AclChange.PutToken(
                        fromMessage(message.getPutToken().getToken()),
                        message.getPutToken().getCreate());
            case DELETE_TOKEN ->
                new AclChange.DeleteToken(message.getDeleteToken().getId());
            case PUT_POLICY ->
                new AclChange.PutPolicy(
                        fromMessage(message.getPutPolicy().getPolicy()),
                        message.getPutPolicy().getCreate());
            case DELETE_POLICY ->
                new AclChange.DeletePolicy(message.getDeletePolicy().getId());
            case PUT_ROLE ->
                new AclChange.PutRole(
                        fromMessage(message.getPutRole().getRole()),
                        message.getPutRole().getCreate());
            case DELETE_ROLE -> new AclChange.DeleteRole(message.getDeleteRole().getId());
            case DROP_EXPIRED_TOKENS -> new AclChange.DropExpiredTokens();
            case CHANGE_NOT_SET -> throw new IllegalArgumentException("it changes nothing");
        };
    }

    public static AclToken toMessage(TokenEntry token) {
        return AclToken.newBuilder()
                .setAccessorId(token.accessorId())
                .setSecretId(token.secretId())
                .setDescription(token.description())
                .addAllPolicies(token.policies())
                .addAllRoles(token.roles())
                .addAllServiceIdentities(serviceMessages(token.serviceIdentities()))
                .addAllNodeIdentities(nodeMessages(token.nodeIdentities()))
                .setLocal(token.local())
                .setExpirationMs(token.expirationMillis())
                .setCreateMs(token.createMillis())
                .setLegacyType(token.legacyType())
                .setLegacyRules(token.legacyRules())
                .setCreateRevision(token.createIndex())
                .setModifyRevision(token.modifyIndex())
                .build();
    }

    public static TokenEntry fromMessage(AclToken token) {
        return new TokenEntry(
                token.getAccessorId(),
                token.getSecretId(),
                token.getDescription(),
                token.getPoliciesList(),
                token.getRolesList(),
                serviceIdentities(token.getServiceIdentitiesList()),
                nodeIdentities(token.getNodeIdentitiesList()),
                token.getLocal(),
                token.getExpirationMs(),
                token.getCreateMs(),
                token.getLegacyType(),
                token.getLegacyRules(),
                token.getCreateRevision(),
                token.getModifyRevision());
    }

    public static AclPolicy toMessage(PolicyEntry policy) {
        return AclPolicy.newBuilder()
                .setId(policy.id())
                .setName(policy.name())
                .setDescription(policy.description())
                .setRules(policy.rules())
                .addAllDatacenters(policy.datacenters())
                .setCreateRevision(policy.createIndex())
                .setModifyRevision(policy.modifyIndex())
                .build();
    }

    public static PolicyEntry fromMessage(AclPolicy policy) {
        return new PolicyEntry(
                policy.getId(),
                policy.getName(),
                policy.getDescription(),
                policy.getRules(),
                policy.getDatacentersList(),
                policy.getCreateRevision(),
                policy.getModifyRevision());
    }

    public static AclRole toMessage(RoleEntry role) {
        return AclRole.newBuilder()
                .setId(role.id())
                .setName(role.name())
                .setDescription(role.description())
                .addAllPolicies(role.policies())
                .addAllServiceIdentities(serviceMessages(role.serviceIdentities()))
                .addAllNodeIdentities(nodeMessages(role.nodeIdentities()))
                .setCreateRevision(role.createIndex())
                .setModifyRevision(role.modifyIndex())
                .build();
    }

    public static RoleEntry fromMessage(AclRole role) {
        return new RoleEntry(
                role.getId(),
                role.getName(),
                role.getDescription(),
                role.getPoliciesList(),
                serviceIdentities(role.getServiceIdentitiesList()),
                nodeIdentities(role.getNodeIdentitiesList()),
                role.getCreateRevision(),
                role.getModifyRevision());
    }

    private static List<AclServiceIdentity> serviceMessages(List<ServiceIdentity> identities) {
        return identities.stream()
                .map(identity -> AclServiceIdentity.newBuilder()
                        .setService(identity.service())
                        .addAllDatacenters(identity.datacenters())
                        .build())
                .toList();
    }

    private static List<ServiceIdentity> serviceIdentities(List<AclServiceIdentity> messages) {
        return messages.stream()
                .map(message -> new ServiceIdentity(message.getService(), message.getDatacentersList()))
                .toList();
    }

    private static List<AclNodeIdentity> nodeMessages(List<NodeIdentity> identities) {
        return identities.stream()
                .map(identity -> AclNodeIdentity.newBuilder()
                        .setNode(identity.node())
                        .setDatacenter(identity.datacenter())
                        .build())
                .toList();
    }

    private static List<NodeIdentity> nodeIdentities(List<AclNodeIdentity> messages) {
        return messages.stream()
                .map(message -> new NodeIdentity(message.getNode(), message.getDatacenter()))
                .toList();
    }
}
