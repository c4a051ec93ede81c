package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The next catalog in the making: sets and removes records, remembers what it touched, and in the end brings the instances
 * by service up to date and tells the changes, one for each thing however often it was touched. Used by one thread for one
 * command.
 */
final class CatalogDraft {

    private final Catalog before;
    private final long revision;
    private final NavigableSet<String> touchedNodes = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final NavigableSet<OnNode> touchedChecks = new TreeSet<>(OnNode.ORDER);
    private final NavigableSet<OnNode> touchedInstances = new TreeSet<>(OnNode.ORDER);
    private Catalog catalog;

    CatalogDraft(Catalog before, long revision) {
        this.before = before;
        this.revision = revision;
        this.catalog = before;
    }

    @Nullable
    NodeRecord node(String name) {
        return catalog.node(name);
    }

    @Nullable
    NodeRecord nodeById(String id) {
        return catalog.nodeById(id);
    }

    void set(NodeEntry node) {
        NodeRecord record = catalog.node(node.name());
        catalog = catalog.with(record == null ? NodeRecord.of(node) : record.with(node));
        touchedNodes.add(node.name());
        touchInstances(node.name());
    }

    void set(NodeRecord on, ServiceEntry service) {
        catalog = catalog.with(on.with(service));
        touchedInstances.add(new OnNode(service.node(), service.id()));
    }

    void set(NodeRecord on, CheckEntry check) {
        CheckEntry replaced = on.checks().get(check.id());
        if (replaced != null) {
            touchInstancesOf(replaced);
        }
        catalog = catalog.with(on.with(check));
        touchedChecks.add(new OnNode(check.node(), check.id()));
        touchInstancesOf(check);
    }

    void remove(NodeRecord on, CheckEntry check) {
        catalog = catalog.with(on.without(check, revision));
        touchedChecks.add(new OnNode(check.node(), check.id()));
        touchInstancesOf(check);
    }

    void remove(NodeRecord on, ServiceEntry service) {
        catalog = catalog.with(on.without(service, revision));
        touchedInstances.add(new OnNode(service.node(), service.id()));
    }

    void remove(NodeRecord record) {
        String name = record.node().name();
        touchedNodes.add(name);
        touchInstances(name);
        record.checks().values().forEach(check -> touchedChecks.add(new OnNode(name, check.id())));
        catalog = catalog.without(record, revision);
    }

    private void touchInstancesOf(CheckEntry check) {
        if (check.serviceId() == null) {
            touchInstances(check.node());
        } else {
            touchedInstances.add(new OnNode(check.node(), check.serviceId()));
        }
    }

    private void touchInstances(String node) {
        NodeRecord record = catalog.node(node);
        if (record != null) {
            record.services().values().forEach(service -> touchedInstances.add(new OnNode(node, service.id())));
        }
    }

    /** The catalog with everything in place; adds what changed to the list. */
    Catalog finish(List<Change> changes) {
        long nodesIndex = before.nodesIndex();
        long servicesIndex = before.servicesIndex();
        long checksIndex = before.checksIndex();
        for (String name : touchedNodes) {
            NodeEntry old = entry(before.node(name));
            NodeEntry now = entry(catalog.node(name));
            if (!Objects.equals(old, now)) {
                changes.add(new Change.Node(now == null ? name : now.name(), old, now));
                nodesIndex = revision;
            }
        }
        for (OnNode key : touchedChecks) {
            CheckEntry old = check(before, key);
            CheckEntry now = check(catalog, key);
            if (!Objects.equals(old, now)) {
                changes.add(new Change.Check(key.node(), key.id(), old, now));
                checksIndex = revision;
            }
        }
        for (OnNode key : touchedInstances) {
            if (!Objects.equals(before.service(key.node(), key.id()), catalog.service(key.node(), key.id()))) {
                servicesIndex = revision;
            }
            place(key, changes);
        }
        catalog = catalog.withIndexes(nodesIndex, servicesIndex, checksIndex);
        return catalog;
    }

    private static @Nullable NodeEntry entry(@Nullable NodeRecord record) {
        return record == null ? null : record.node();
    }

    private static @Nullable CheckEntry check(Catalog in, OnNode key) {
        NodeRecord node = in.node(key.node());
        return node == null ? null : node.checks().get(key.id());
    }

    /** Brings one instance up to date under its service, or under both when it moved from one to the other. */
    private void place(OnNode key, List<Change> changes) {
        Change.ServiceInstance old = before.instance(key);
        NodeRecord node = catalog.node(key.node());
        ServiceEntry service = node == null ? null : node.services().get(key.id());
        Change.ServiceInstance now = node == null || service == null ? null : node.instance(service);
        if (Objects.equals(old, now)) {
            return;
        }
        boolean moved = old != null && now != null && !name(old).equalsIgnoreCase(name(now));
        if (old != null && (now == null || moved)) {
            ServiceRecord from = record(name(old)).without(key, revision);
            catalog = catalog.with(name(old), from);
            changes.add(new Change.Instance(name(old), key.node(), key.id(), old, null));
        }
        if (now != null) {
            ServiceRecord to = record(name(now)).with(key, now, revision);
            catalog = catalog.with(name(now), to);
            changes.add(new Change.Instance(name(now), key.node(), key.id(), moved ? null : old, now));
        }
    }

    private ServiceRecord record(String service) {
        ServiceRecord record = catalog.services().get(service);
        return record == null ? ServiceRecord.EMPTY : record;
    }

    private static String name(Change.ServiceInstance instance) {
        return instance.service().name();
    }
}
