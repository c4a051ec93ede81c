package dev.coord.server.command;

import dev.coord.api.v1.Check;
import dev.coord.api.v1.HeaderValues;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.Service;
import dev.coord.api.v1.ServiceAddress;
import dev.coord.api.v1.Session;
import dev.coord.api.v1.SessionBehavior;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of the catalog and the sessions as messages of {@code coord.v1}, there and back. The same messages stand in the
 * log and in snapshots. What a message leaves out gets its default here: a check is critical, a session releases
 * its keys and has a lock delay of {@value CommandLimits#LOCK_DELAY_MILLIS_DEFAULT} ms. Safe from any thread.
 */
public final class ApiMapping {

    private ApiMapping() {}

    public static Node toMessage(NodeEntry node) {
        return Node.newBuilder()
                .setId(node.id())
                .setName(node.name())
                .setAddress(node.address())
                .setDatacenter(node.datacenter())
                .putAllTaggedAddresses(node.taggedAddresses())
                .putAllMeta(node.meta())
                .setCreateRevision(node.createIndex())
                .setModifyRevision(node.modifyIndex())
                .build();
    }

    public static NodeEntry fromMessage(Node node) {
        return new NodeEntry(
                node.getId(),
                node.getName(),
                node.getAddress(),
                node.getDatacenter(),
                node.getTaggedAddressesMap(),
                node.getMetaMap(),
                node.getCreateRevision(),
                node.getModifyRevision());
    }

    public static Service toMessage(ServiceEntry service) {
        Service.Builder message = Service.newBuilder()
                .setNode(service.node())
                .setId(service.id())
                .setName(service.name())
                .addAllTags(service.tags())
                .setAddress(service.address())
                .setPort(service.port())
                .putAllMeta(service.meta())
                .setWeightPassing(service.weightPassing())
                .setWeightWarning(service.weightWarning())
                .setEnableTagOverride(service.enableTagOverride())
                .setKind(service.kind())
                .setCreateRevision(service.createIndex())
                .setModifyRevision(service.modifyIndex());
        service.taggedAddresses()
                .forEach((tag, address) -> message.putTaggedAddresses(
                        tag,
                        ServiceAddress.newBuilder()
                                .setAddress(address.address())
                                .setPort(address.port())
                                .build()));
        return message.build();
    }

    public static ServiceEntry fromMessage(Service service) {
        Map<String, TaggedAddress> addresses = new HashMap<>();
        service.getTaggedAddressesMap()
                .forEach((tag, address) ->
                        addresses.put(tag, new TaggedAddress(address.getAddress(), address.getPort())));
        return new ServiceEntry(
                service.getNode(),
                service.getId(),
                service.getName(),
                service.getTagsList(),
                service.getAddress(),
                service.getPort(),
                addresses,
                service.getMetaMap(),
                service.getWeightPassing(),
                service.getWeightWarning(),
                service.getEnableTagOverride(),
                service.getKind(),
                service.getCreateRevision(),
                service.getModifyRevision());
    }

    public static dev.coord.api.v1.CheckStatus toMessage(CheckStatus status) {
        return switch (status) {
            case PASSING -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_PASSING;
            case WARNING -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_WARNING;
            case CRITICAL -> dev.coord.api.v1.CheckStatus.CHECK_STATUS_CRITICAL;
        };
    }

    /** Unspecified is critical: a check passes only when somebody says so. */
    public static CheckStatus fromMessage(dev.coord.api.v1.CheckStatus status) {
        return switch (status) {
            case CHECK_STATUS_PASSING -> CheckStatus.PASSING;
            case CHECK_STATUS_WARNING -> CheckStatus.WARNING;
            case CHECK_STATUS_CRITICAL, CHECK_STATUS_UNSPECIFIED -> CheckStatus.CRITICAL;
            case UNRECOGNIZED -> throw new IllegalArgumentException("unknown check status");
        };
    }

    public static Check toMessage(CheckEntry check) {
        Check.Builder message = Check.newBuilder()
                .setNode(check.node())
                .setId(check.id())
                .setName(check.name())
                .setStatus(toMessage(check.status()))
                .setNotes(check.notes())
                .setOutput(check.output())
                .setServiceId(CommandCodec.orEmpty(check.serviceId()))
                .setServiceName(check.serviceName())
                .addAllServiceTags(check.serviceTags())
                .setType(check.type())
                .setCreateRevision(check.createIndex())
                .setModifyRevision(check.modifyIndex());
        if (check.definition() != null) {
            message.setDefinition(toMessage(check.definition()));
        }
        return message.build();
    }

    public static CheckEntry fromMessage(Check check) {
        return new CheckEntry(
                check.getNode(),
                check.getId(),
                check.getName(),
                fromMessage(check.getStatus()),
                check.getNotes(),
                check.getOutput(),
                CommandCodec.orNull(check.getServiceId()),
                check.getServiceName(),
                check.getServiceTagsList(),
                check.getType(),
                check.hasDefinition() ? fromMessage(check.getDefinition()) : null,
                check.getCreateRevision(),
                check.getModifyRevision());
    }

    public static dev.coord.api.v1.CheckDefinition toMessage(CheckDefinition definition) {
        dev.coord.api.v1.CheckDefinition.Builder message = dev.coord.api.v1.CheckDefinition.newBuilder()
                .setTtlMs(definition.ttlMillis())
                .setHttp(definition.http())
                .setTcp(definition.tcp())
                .setGrpc(definition.grpc())
                .setMethod(definition.method())
                .setBody(definition.body())
                .setTlsSkipVerify(definition.tlsSkipVerify())
                .setIntervalMs(definition.intervalMillis())
                .setTimeoutMs(definition.timeoutMillis())
                .setDeregisterCriticalServiceAfterMs(definition.deregisterCriticalServiceAfterMillis());
        definition
                .header()
                .forEach((name, values) -> message.putHeader(
                        name, HeaderValues.newBuilder().addAllValues(values).build()));
        return message.build();
    }

    public static CheckDefinition fromMessage(dev.coord.api.v1.CheckDefinition definition) {
        Map<String, List<String>> header = new HashMap<>();
        definition.getHeaderMap().forEach((name, values) -> header.put(name, List.copyOf(values.getValuesList())));
        return new CheckDefinition(
                definition.getTtlMs(),
                definition.getHttp(),
                definition.getTcp(),
                definition.getGrpc(),
                definition.getMethod(),
                header,
                definition.getBody(),
                definition.getTlsSkipVerify(),
                definition.getIntervalMs(),
                definition.getTimeoutMs(),
                definition.getDeregisterCriticalServiceAfterMs());
    }

    public static Session toMessage(SessionEntry session) {
        return Session.newBuilder()
                .setId(session.id())
                .setName(session.name())
                .setNode(session.node())
                .setBehavior(
                        switch (session.behavior()) {
                            case RELEASE -> SessionBehavior.SESSION_BEHAVIOR_RELEASE;
                            case DELETE -> SessionBehavior.SESSION_BEHAVIOR_DELETE;
                        })
                .setTtlMs(session.ttlMillis())
                .setLockDelayMs(session.lockDelayMillis())
                .addAllNodeChecks(session.nodeChecks())
                .addAllServiceChecks(session.serviceChecks())
                .setCreateRevision(session.createIndex())
                .setModifyRevision(session.modifyIndex())
                .build();
    }

    public static SessionEntry fromMessage(Session session) {
        return new SessionEntry(
                session.getId(),
                session.getName(),
                session.getNode(),
                switch (session.getBehavior()) {
                    case SESSION_BEHAVIOR_RELEASE, SESSION_BEHAVIOR_UNSPECIFIED -> SessionEntry.Behavior.RELEASE;
                    case SESSION_BEHAVIOR_DELETE -> SessionEntry.Behavior.DELETE;
                    case UNRECOGNIZED -> throw new IllegalArgumentException("unknown session behavior");
                },
                session.getTtlMs(),
                session.hasLockDelayMs() ? session.getLockDelayMs() : CommandLimits.LOCK_DELAY_MILLIS_DEFAULT,
                session.getNodeChecksList(),
                session.getServiceChecksList(),
                session.getCreateRevision(),
                session.getModifyRevision());
    }

    public static dev.coord.api.v1.FlagAction toMessage(FlagAction action) {
        return switch (action) {
            case PUT -> dev.coord.api.v1.FlagAction.FLAG_ACTION_PUT;
            case DELETE -> dev.coord.api.v1.FlagAction.FLAG_ACTION_DELETE;
            case UNDO -> dev.coord.api.v1.FlagAction.FLAG_ACTION_UNDO;
            case ROLLOUT -> dev.coord.api.v1.FlagAction.FLAG_ACTION_ROLLOUT;
        };
    }

    public static FlagAction fromMessage(dev.coord.api.v1.FlagAction action) {
        return switch (action) {
            case FLAG_ACTION_PUT -> FlagAction.PUT;
            case FLAG_ACTION_DELETE -> FlagAction.DELETE;
            case FLAG_ACTION_UNDO -> FlagAction.UNDO;
            case FLAG_ACTION_ROLLOUT -> FlagAction.ROLLOUT;
            case FLAG_ACTION_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalArgumentException("unknown flag action");
        };
    }
}
