package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.lease.ServerNode;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The commands that make the catalog say of this node what its agent knows. A pure comparison of two immutable pictures.
 *
 * <p>The agent has the last word on its node: what the catalog has there and the agent does not know is removed. Left alone
 * are the {@code consul} service and {@code serfHealth}, which the leader keeps, and whatever has a TTL check of the cluster,
 * which the leader times.
 */
final class Reconciliation {

    private final NodeEntry node;
    private final LocalCatalog local;
    private final State state;
    private final Set<String> changedHere;
    private final Set<String> outputsDue;
    /** What the catalog has, by service; the node's under the empty id. */
    private final Map<String, List<CheckEntry>> actualChecks = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private final List<Command> commands = new ArrayList<>();
    private final List<ServiceEntry> tagsAdopted = new ArrayList<>();

    /**
     * @param node as the agent wants it
     * @param changedHere ids of services that were registered here and not written yet: of these, the agent knows the tags
     * @param outputsDue ids of checks whose output is to be written although nothing else changed
     */
    Reconciliation(NodeEntry node, LocalCatalog local, State state, Set<String> changedHere, Set<String> outputsDue) {
        this.node = node;
        this.local = local;
        this.state = state;
        this.changedHere = changedHere;
        this.outputsDue = outputsDue;
        for (CheckEntry check : state.checksOf(node.name())) {
            String owner = check.serviceId() == null ? "" : check.serviceId();
            actualChecks.computeIfAbsent(owner, ignored -> new ArrayList<>()).add(check);
        }
    }

    private List<CheckEntry> actualChecks(String serviceId) {
        return actualChecks.getOrDefault(serviceId, List.of());
    }

    List<Command> commands() {
        return commands;
    }

    /** Services whose tags were changed in the catalog, as {@code EnableTagOverride} allows: as they now are. */
    List<ServiceEntry> tagsAdopted() {
        return tagsAdopted;
    }

    /** Compares everything that the agent knows. */
    void known() {
        node();
        local.services().forEach(service -> service(service.id()));
        local.nodeChecks().forEach(check -> check(check.id()));
    }

    /** Removes what the agent does not know. */
    void foreign() {
        for (ServiceEntry service : state.servicesOf(node.name())) {
            if (local.service(service.id()) == null) {
                service(service.id());
            }
        }
        actualChecks("").forEach(this::removeIfForeign);
    }

    private void node() {
        NodeEntry actual = state.node(node.name());
        if (actual == null || !actual.sameAs(node)) {
            commands.add(new Command.Register(node, null, List.of(), false));
        }
    }

    /** Compares a service and its checks. */
    void service(String id) {
        ServiceEntry wanted = local.service(id);
        ServiceEntry actual = state.service(node.name(), id);
        if (wanted == null) {
            if (actual != null && !id.equalsIgnoreCase(ServerNode.SERVICE) && !hasClusterCheck(id)) {
                commands.add(new Command.Deregister(node.name(), id, null));
            }
            return;
        }
        if (actual != null
                && wanted.enableTagOverride()
                && !changedHere.contains(id)
                && !actual.tags().equals(wanted.tags())) {
            wanted = withTags(wanted, actual.tags());
            tagsAdopted.add(wanted);
        }
        List<CheckEntry> toRegister = new ArrayList<>();
        for (CheckEntry check : local.checksOf(id)) {
            if (!updateOnly(check)) {
                toRegister.add(inCatalog(check));
            }
        }
        boolean same = actual != null && wanted.withNode(actual.node()).sameAs(actual);
        if (!same || !toRegister.isEmpty()) {
            commands.add(new Command.Register(node, same ? null : wanted, toRegister, true));
        }
        actualChecks(id).forEach(this::removeIfForeign);
    }

    private static ServiceEntry withTags(ServiceEntry service, List<String> tags) {
        return new ServiceEntry(
                service.node(),
                service.id(),
                service.name(),
                tags,
                service.address(),
                service.port(),
                service.taggedAddresses(),
                service.meta(),
                service.weightPassing(),
                service.weightWarning(),
                service.enableTagOverride(),
                service.kind(),
                0,
                0);
    }

    /** Compares a check of the node. */
    void check(String id) {
        CheckEntry wanted = local.check(id);
        CheckEntry actual = state.check(node.name(), id);
        if (wanted != null && wanted.serviceId() == null && !updateOnly(wanted)) {
            commands.add(new Command.Register(node, null, List.of(inCatalog(wanted)), true));
        } else if (wanted == null && actual != null) {
            removeIfForeign(actual);
        }
    }

    private void removeIfForeign(CheckEntry actual) {
        boolean ours = local.check(actual.id()) != null;
        boolean theLeaders = actual.id().equalsIgnoreCase(ServerNode.CHECK) || isOfCluster(actual);
        if (!ours && !theLeaders) {
            commands.add(new Command.Deregister(node.name(), null, actual.id()));
        }
    }

    /** True when the catalog has the check, and at most its status and output have to change: adds that change. */
    private boolean updateOnly(CheckEntry wanted) {
        CheckEntry actual = state.check(node.name(), wanted.id());
        if (actual == null || !shape(wanted, actual.node()).equals(shape(actual, actual.node()))) {
            return false;
        }
        boolean outputDue = outputsDue.contains(wanted.id()) && !wanted.output().equals(actual.output());
        if (wanted.status() != actual.status() || outputDue) {
            commands.add(new Command.UpdateCheck(node.name(), wanted.id(), wanted.status(), wanted.output()));
        }
        return true;
    }

    /** What of a check only a registration can change. */
    private static CheckEntry shape(CheckEntry check, String nodeName) {
        return inCatalog(check)
                .withNode(nodeName)
                .withService("", List.of())
                .withStatus(CheckStatus.CRITICAL, "")
                .withIndexes(0, 0);
    }

    /** Without the definition: that is how the cluster knows that an agent times the check. */
    private static CheckEntry inCatalog(CheckEntry check) {
        return new CheckEntry(
                check.node(),
                check.id(),
                check.name(),
                check.status(),
                check.notes(),
                check.output(),
                check.serviceId(),
                check.serviceName(),
                check.serviceTags(),
                check.type(),
                null,
                0,
                0);
    }

    private boolean hasClusterCheck(String serviceId) {
        return actualChecks(serviceId).stream().anyMatch(Reconciliation::isOfCluster);
    }

    private static boolean isOfCluster(CheckEntry check) {
        return check.definition() != null && check.definition().ttlMillis() > 0;
    }
}
