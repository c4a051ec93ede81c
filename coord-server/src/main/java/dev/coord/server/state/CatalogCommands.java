package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult.Rejection;
import java.util.List;

/** What the catalog commands do to a draft. What would change nothing changes no index. */
final class CatalogCommands {

    /** The check that tells whether a node is alive at all. */
    private static final String NODE_ALIVE_CHECK = "serfHealth";

    private final Draft draft;
    private final CatalogDraft catalog;

    private CatalogCommands(Draft draft) {
        this.draft = draft;
        this.catalog = new CatalogDraft(draft.catalog, draft.revision);
    }

    static void register(Draft draft, Command.Register register) {
        CatalogCommands apply = new CatalogCommands(draft);
        String node = apply.putNode(register.node(), register.skipNodeUpdate());
        if (register.service() != null) {
            apply.putService(apply.require(node), register.service());
        }
        for (CheckEntry check : register.checks()) {
            apply.putCheck(apply.require(node), check);
        }
        apply.finish();
    }

    static void deregister(Draft draft, Command.Deregister deregister) {
        CatalogCommands apply = new CatalogCommands(draft);
        NodeRecord node = apply.catalog.node(deregister.node());
        if (node == null) {
            return;
        }
        if (deregister.serviceId() != null) {
            ServiceEntry service = node.services().get(deregister.serviceId());
            if (service != null) {
                apply.removeService(node, service);
            }
        } else if (deregister.checkId() != null) {
            CheckEntry check = node.checks().get(deregister.checkId());
            if (check != null) {
                apply.removeCheck(node, check);
            }
        } else {
            apply.removeNode(node);
        }
        apply.finish();
    }

    static void updateCheck(Draft draft, Command.UpdateCheck update) {
        CatalogCommands apply = new CatalogCommands(draft);
        NodeRecord node = apply.require(update.node());
        CheckEntry check = node.checks().get(update.checkId());
        if (check == null) {
            throw new Refusal(
                    Rejection.Kind.UNKNOWN_CHECK,
                    "Unknown check \"" + update.checkId() + "\" on node \"" + update.node() + "\"");
        }
        apply.putCheck(node, check.withStatus(update.status(), update.output()));
        apply.finish();
    }

    private void finish() {
        draft.catalog = catalog.finish(draft.changes);
    }

    private NodeRecord require(String name) {
        NodeRecord node = catalog.node(name);
        if (node == null) {
            throw new Refusal(Rejection.Kind.UNKNOWN_NODE, "Missing node registration");
        }
        return node;
    }

    /** Returns the name that the node goes by: once it exists, its first spelling stays. */
    private String putNode(NodeEntry asked, boolean skipUpdate) {
        NodeRecord sameName = catalog.node(asked.name());
        NodeRecord sameId = catalog.nodeById(asked.id());
        if (sameName != null && skipUpdate) {
            return sameName.node().name();
        }
        boolean renamed = sameId != null && !sameId.node().name().equalsIgnoreCase(asked.name());
        if (sameName != null && !asked.id().isEmpty()) {
            requireNameFree(asked, sameName, renamed);
        }
        NodeEntry before = sameName == null ? null : sameName.node();
        if (sameId != null && renamed) {
            before = sameId.node();
            removeNode(sameId);
        }
        NodeEntry node =
                sameName == null ? asked : asked.withName(sameName.node().name());
        if (before == null || !node.sameAs(before)) {
            catalog.set(node.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision));
        }
        return node.name();
    }

    /** As in Consul, a name belongs to the id that holds it while that node's liveness check says that it lives. */
    private static void requireNameFree(NodeEntry asked, NodeRecord holder, boolean renamed) {
        NodeEntry node = holder.node();
        boolean anonymous = node.id().isEmpty() && !renamed;
        CheckEntry alive = holder.checks().get(NODE_ALIVE_CHECK);
        boolean lives = alive != null && alive.status() != CheckStatus.CRITICAL;
        if (lives && !anonymous && !node.id().equalsIgnoreCase(asked.id())) {
            throw new Refusal(
                    Rejection.Kind.CONFLICT,
                    "failed inserting node: Error while renaming Node ID: \"" + asked.id() + "\""
                            + (renamed ? " (" + asked.address() + ")" : "") + ": Node name " + asked.name()
                            + " is reserved by node " + node.id() + " with name " + node.name() + " (" + node.address()
                            + ")");
        }
    }

    private void putService(NodeRecord node, ServiceEntry asked) {
        ServiceEntry before = node.services().get(asked.id());
        ServiceEntry service = asked.withNode(node.node().name());
        if (before != null && before.sameAs(service)) {
            return;
        }
        catalog.set(node, service.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision));
        for (CheckEntry check : node.checksOf(service.id())) {
            putCheck(require(node.node().name()), check);
        }
    }

    private void putCheck(NodeRecord node, CheckEntry asked) {
        String nodeName = node.node().name();
        if (!asked.node().isEmpty() && !asked.node().equalsIgnoreCase(nodeName)) {
            throw new Refusal(
                    Rejection.Kind.INVALID,
                    "check node \"" + asked.node() + "\" does not match node \"" + nodeName + "\"");
        }
        CheckEntry before = node.checks().get(asked.id());
        CheckEntry check = ofItsService(node, asked.withNode(nodeName));
        if (before != null && before.sameAs(check)) {
            return;
        }
        CheckEntry now = check.withIndexes(before == null ? draft.revision : before.createIndex(), draft.revision);
        catalog.set(node, now);
        if (now.status() == CheckStatus.CRITICAL) {
            SessionCommands.endThoseOn(draft, now);
        }
    }

    private static CheckEntry ofItsService(NodeRecord node, CheckEntry check) {
        if (check.serviceId() == null) {
            return check.withService("", List.of());
        }
        ServiceEntry service = node.services().get(check.serviceId());
        if (service == null) {
            throw new Refusal(
                    Rejection.Kind.UNKNOWN_SERVICE,
                    "failed inserting check: Missing service registration on node \""
                            + node.node().name() + "\"");
        }
        return check.withService(service.name(), service.tags());
    }

    private void removeNode(NodeRecord node) {
        catalog.remove(node);
        SessionCommands.endAllOf(draft, node.node().name());
    }

    private void removeService(NodeRecord node, ServiceEntry service) {
        for (CheckEntry check : node.checksOf(service.id())) {
            removeCheck(require(node.node().name()), check);
        }
        catalog.remove(require(node.node().name()), service);
    }

    private void removeCheck(NodeRecord node, CheckEntry check) {
        catalog.remove(node, check);
        SessionCommands.endThoseOn(draft, check);
    }
}
