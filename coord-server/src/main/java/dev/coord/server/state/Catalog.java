package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The nodes with what is on them, and the same instances again by service. Names count without regard to case, as they do
 * in DNS. Immutable.
 *
 * @param nodeNames names of the nodes that have an id, by that id
 * @param nodesIndex revision of the last change of a node; 0: none yet; the others likewise
 */
record Catalog(
        TreePMap<String, NodeRecord> nodes,
        TreePMap<String, String> nodeNames,
        TreePMap<String, ServiceRecord> services,
        Graveyard goneNodes,
        Graveyard goneServices,
        long nodesIndex,
        long servicesIndex,
        long checksIndex) {

    static final Catalog EMPTY = new Catalog(
            TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
            TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
            TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
            Graveyard.empty(String.CASE_INSENSITIVE_ORDER, State.GONE_NAMES_MAX),
            Graveyard.empty(String.CASE_INSENSITIVE_ORDER, State.GONE_NAMES_MAX),
            0,
            0,
            0);

    @Nullable
    NodeRecord node(String name) {
        return nodes.get(name);
    }

    @Nullable
    NodeRecord nodeById(String id) {
        String name = id.isEmpty() ? null : nodeNames.get(id);
        return name == null ? null : nodes.get(name);
    }

    @Nullable
    ServiceEntry service(String node, String serviceId) {
        NodeRecord on = nodes.get(node);
        return on == null ? null : on.services().get(serviceId);
    }

    Change.@Nullable ServiceInstance instance(OnNode key) {
        ServiceEntry service = service(key.node(), key.id());
        ServiceRecord record = service == null ? null : services.get(service.name());
        return record == null ? null : record.instances().get(key);
    }

    long nodeIndex(String name) {
        NodeRecord node = nodes.get(name);
        return node == null ? goneNodes.index(name) : node.index();
    }

    long serviceIndex(String name) {
        ServiceRecord service = services.get(name);
        return service == null ? goneServices.index(name) : service.index();
    }

    /** Sets a node's record; its id, if it had one before, is given up. */
    Catalog with(NodeRecord record) {
        NodeEntry node = record.node();
        NodeRecord before = nodes.get(node.name());
        TreePMap<String, String> names = nodeNames;
        if (before == null || !before.node().id().equals(node.id())) {
            if (before != null) {
                names = names.minus(before.node().id());
            }
            if (!node.id().isEmpty()) {
                names = names.plus(node.id(), node.name());
            }
        }
        return new Catalog(
                nodes.plus(node.name(), record),
                names,
                services,
                before == null ? goneNodes.revive(node.name()) : goneNodes,
                goneServices,
                nodesIndex,
                servicesIndex,
                checksIndex);
    }

    Catalog without(NodeRecord record, long revision) {
        return new Catalog(
                nodes.minus(record.node().name()),
                nodeNames.minus(record.node().id()),
                services,
                goneNodes.bury(record.node().name(), revision),
                goneServices,
                revision,
                servicesIndex,
                checksIndex);
    }

    /** Sets or, with no instances left, removes a service's record. */
    Catalog with(String service, ServiceRecord record) {
        boolean gone = record.instances().isEmpty();
        return new Catalog(
                nodes,
                nodeNames,
                gone ? services.minus(service) : services.plus(service, record),
                goneNodes,
                gone ? goneServices.bury(service, record.index()) : goneServices.revive(service),
                nodesIndex,
                servicesIndex,
                checksIndex);
    }

    Catalog withGone(Graveyard newGoneNodes, Graveyard newGoneServices) {
        return new Catalog(
                nodes, nodeNames, services, newGoneNodes, newGoneServices, nodesIndex, servicesIndex, checksIndex);
    }

    Catalog withIndexes(long newNodesIndex, long newServicesIndex, long newChecksIndex) {
        return new Catalog(
                nodes, nodeNames, services, goneNodes, goneServices, newNodesIndex, newServicesIndex, newChecksIndex);
    }
}
