package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.ArrayList;
import java.util.List;
import org.pcollections.TreePMap;

/**
 * A node with all that is on it. Immutable.
 *
 * @param services by id
 * @param checks the node's and its services', by id
 * @param index newest change of any of it
 */
record NodeRecord(
        NodeEntry node, TreePMap<String, ServiceEntry> services, TreePMap<String, CheckEntry> checks, long index) {

    static NodeRecord of(NodeEntry node) {
        return new NodeRecord(
                node,
                TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
                TreePMap.empty(String.CASE_INSENSITIVE_ORDER),
                node.modifyIndex());
    }

    NodeRecord with(NodeEntry newNode) {
        return new NodeRecord(newNode, services, checks, Math.max(index, newNode.modifyIndex()));
    }

    NodeRecord with(ServiceEntry service) {
        return new NodeRecord(
                node, services.plus(service.id(), service), checks, Math.max(index, service.modifyIndex()));
    }

    NodeRecord with(CheckEntry check) {
        return new NodeRecord(node, services, checks.plus(check.id(), check), Math.max(index, check.modifyIndex()));
    }

    NodeRecord without(ServiceEntry service, long revision) {
        return new NodeRecord(node, services.minus(service.id()), checks, revision);
    }

    NodeRecord without(CheckEntry check, long revision) {
        return new NodeRecord(node, services, checks.minus(check.id()), revision);
    }

    NodeRecord withIndex(long revision) {
        return new NodeRecord(node, services, checks, revision);
    }

    List<CheckEntry> checksOf(String serviceId) {
        List<CheckEntry> own = new ArrayList<>();
        for (CheckEntry check : checks.values()) {
            if (serviceId.equalsIgnoreCase(check.serviceId())) {
                own.add(check);
            }
        }
        return own;
    }

    /** An instance with the node's checks and its own, by id. */
    Change.ServiceInstance instance(ServiceEntry service) {
        List<CheckEntry> counting = new ArrayList<>();
        for (CheckEntry check : checks.values()) {
            if (check.serviceId() == null || service.id().equalsIgnoreCase(check.serviceId())) {
                counting.add(check);
            }
        }
        return new Change.ServiceInstance(node, service, counting);
    }
}
