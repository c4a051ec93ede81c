package dev.coord.server.command;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the catalog is made of, as proposed and as kept. An entry that was not applied yet has create and modify index 0.
 * Immutable.
 */
public final class CatalogEntries {

    private CatalogEntries() {}

    /**
     * A machine, real or not.
     *
     * @param id a UUID; empty when not known
     * @param name unique
     * @param address where it is reached
     */
    public record NodeEntry(
            String id,
            String name,
            String address,
            String datacenter,
            Map<String, String> taggedAddresses,
            Map<String, String> meta,
            long createIndex,
            long modifyIndex) {
        public NodeEntry {
            taggedAddresses = Map.copyOf(taggedAddresses);
            meta = Map.copyOf(meta);
        }

        /** True when only the indexes may differ. */
        public boolean sameAs(NodeEntry other) {
            return withIndexes(0, 0).equals(other.withIndexes(0, 0));
        }

        public NodeEntry withIndexes(long create, long modify) {
            return new NodeEntry(id, name, address, datacenter, taggedAddresses, meta, create, modify);
        }

        public NodeEntry withName(String newName) {
            return new NodeEntry(id, newName, address, datacenter, taggedAddresses, meta, createIndex, modifyIndex);
        }
    }

    /** An address and port under a tag. */
    public record TaggedAddress(String address, int port) {}

    /**
     * An instance of a service.
     *
     * @param node the node's name
     * @param id unique on its node
     * @param name of the service
     * @param address empty: the node's
     * @param kind empty for an ordinary service
     */
    public record ServiceEntry(
            String node,
            String id,
            String name,
            List<String> tags,
            String address,
            int port,
            Map<String, TaggedAddress> taggedAddresses,
            Map<String, String> meta,
            int weightPassing,
            int weightWarning,
            boolean enableTagOverride,
            String kind,
            long createIndex,
            long modifyIndex) {
        public ServiceEntry {
            tags = List.copyOf(tags);
            taggedAddresses = Map.copyOf(taggedAddresses);
            meta = Map.copyOf(meta);
        }

        /** True when only the indexes may differ. */
        public boolean sameAs(ServiceEntry other) {
            return withIndexes(0, 0).equals(other.withIndexes(0, 0));
        }

        public ServiceEntry withIndexes(long create, long modify) {
            return new ServiceEntry(
                    node,
                    id,
                    name,
                    tags,
                    address,
                    port,
                    taggedAddresses,
                    meta,
                    weightPassing,
                    weightWarning,
                    enableTagOverride,
                    kind,
                    create,
                    modify);
        }

        public ServiceEntry withNode(String newNode) {
            return new ServiceEntry(
                    newNode,
                    id,
                    name,
                    tags,
                    address,
                    port,
                    taggedAddresses,
                    meta,
                    weightPassing,
                    weightWarning,
                    enableTagOverride,
                    kind,
                    createIndex,
                    modifyIndex);
        }
    }

    /**
     * A check of a node or of a service on it.
     *
     * @param id unique on its node
     * @param output kept to 4 kB
     * @param serviceId null: a check of the node
     * @param serviceName empty for a check of the node; filled in by the state
     * @param serviceTags filled in by the state
     * @param type {@code ttl}, {@code http}, {@code tcp}, {@code grpc}, {@code alias}, {@code script}; may be empty
     * @param definition null: not given
     */
    public record CheckEntry(
            String node,
            String id,
            String name,
            CheckStatus status,
            String notes,
            String output,
            @Nullable String serviceId,
            String serviceName,
            List<String> serviceTags,
            String type,
            @Nullable CheckDefinition definition,
            long createIndex,
            long modifyIndex) {
        public CheckEntry {
            serviceTags = List.copyOf(serviceTags);
        }

        /** True when only the indexes may differ. */
        public boolean sameAs(CheckEntry other) {
            return withIndexes(0, 0).equals(other.withIndexes(0, 0));
        }

        public CheckEntry withIndexes(long create, long modify) {
            return new CheckEntry(
                    node,
                    id,
                    name,
                    status,
                    notes,
                    output,
                    serviceId,
                    serviceName,
                    serviceTags,
                    type,
                    definition,
                    create,
                    modify);
        }

        public CheckEntry withNode(String newNode) {
            return new CheckEntry(
                    newNode,
                    id,
                    name,
                    status,
                    notes,
                    output,
                    serviceId,
                    serviceName,
                    serviceTags,
                    type,
                    definition,
                    createIndex,
                    modifyIndex);
        }

        public CheckEntry withStatus(CheckStatus newStatus, String newOutput) {
            return new CheckEntry(
                    node,
                    id,
                    name,
                    newStatus,
                    notes,
                    newOutput,
                    serviceId,
                    serviceName,
                    serviceTags,
                    type,
                    definition,
                    createIndex,
                    modifyIndex);
        }

        public CheckEntry withService(String newServiceName, List<String> newServiceTags) {
            return new CheckEntry(
                    node,
                    id,
                    name,
                    status,
                    notes,
                    output,
                    serviceId,
                    newServiceName,
                    newServiceTags,
                    type,
                    definition,
                    createIndex,
                    modifyIndex);
        }
    }

    /**
     * How a check finds out. Times in milliseconds, 0: not set.
     *
     * @param ttlMillis above 0: the check turns critical by itself when nobody reports for this long
     * @param agent what only the agent that runs it needs to know; the catalog keeps none of it
     */
    public record CheckDefinition(
            long ttlMillis,
            String http,
            String tcp,
            String grpc,
            String method,
            Map<String, List<String>> header,
            String body,
            boolean tlsSkipVerify,
            long intervalMillis,
            long timeoutMillis,
            long deregisterCriticalServiceAfterMillis,
            AgentCheck agent) {
        public CheckDefinition {
            header = Map.copyOf(header);
        }

        public CheckDefinition(
                long ttlMillis,
                String http,
                String tcp,
                String grpc,
                String method,
                Map<String, List<String>> header,
                String body,
                boolean tlsSkipVerify,
                long intervalMillis,
                long timeoutMillis,
                long deregisterCriticalServiceAfterMillis) {
            this(
                    ttlMillis,
                    http,
                    tcp,
                    grpc,
                    method,
                    header,
                    body,
                    tlsSkipVerify,
                    intervalMillis,
                    timeoutMillis,
                    deregisterCriticalServiceAfterMillis,
                    AgentCheck.NONE);
        }
    }

    /**
     * What of a check's definition matters to the agent alone.
     *
     * @param args a command and its arguments; empty: none is run
     * @param aliasNode the node whose checks are followed; empty: this one
     * @param aliasService id of the service whose checks are followed; empty: those of the node
     * @param grpcTls ask over TLS
     * @param successesBeforePassing so many tries must succeed, one after the other, before it passes
     * @param failuresBeforeCritical so many tries must fail, one after the other, before it is critical
     * @param outputBytesMax how much of an output is kept; 0: as much as of any
     */
    public record AgentCheck(
            List<String> args,
            String aliasNode,
            String aliasService,
            boolean grpcTls,
            int successesBeforePassing,
            int failuresBeforeCritical,
            int outputBytesMax) {

        public static final AgentCheck NONE = new AgentCheck(List.of(), "", "", false, 0, 0, 0);

        public AgentCheck {
            args = List.copyOf(args);
        }

        public boolean isAlias() {
            return !aliasNode.isEmpty() || !aliasService.isEmpty();
        }
    }
}
