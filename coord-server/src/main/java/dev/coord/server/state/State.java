package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.SessionEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All that the cluster has agreed on, at one revision. Immutable and structurally shared with the states before and after
 * it; safe from any thread. A read costs no copy of the tables, and whoever holds a state reads that state for as long as
 * they like.
 *
 * <p>Every index that a method returns is at least 1 and, from one state to a later one, never falls. Names of nodes,
 * services and checks count without regard to case; keys and session ids exactly.
 */
public final class State {

    /** How many deleted keys are remembered; beyond it the oldest are reaped and the floor of all lists' indexes rises. */
    public static final int TOMBSTONES_MAX = 100_000;
    /** How many gone nodes, services and sessions, of each kind, are remembered; likewise. */
    public static final int GONE_NAMES_MAX = 10_000;

    private static final State EMPTY = new State(1, 0, null, KvTable.EMPTY, Catalog.EMPTY, Sessions.EMPTY);

    private final long revision;
    private final long timeMillis;
    private final @Nullable String clusterId;
    private final KvTable kv;
    private final Catalog catalog;
    private final Sessions sessions;

    State(long revision, long timeMillis, @Nullable String clusterId, KvTable kv, Catalog catalog, Sessions sessions) {
        this.revision = revision;
        this.timeMillis = timeMillis;
        this.clusterId = clusterId;
        this.kv = kv;
        this.catalog = catalog;
        this.sessions = sessions;
    }

    /** The state before the first command: revision 1, so that no key ever gets modify index 1. */
    public static State empty() {
        return EMPTY;
    }

    /**
     * The state after a command. Deterministic: the same commands and times give equal states, everywhere.
     *
     * @param leaderTimeMillis the leader's clock; one below the newest seen counts as that one
     */
    public Transition apply(Command command, long leaderTimeMillis) {
        Draft draft = new Draft(this, Math.max(timeMillis, leaderTimeMillis));
        String nextClusterId = clusterId;
        boolean held = true;
        try {
            if (command instanceof Command.KvPut put) {
                held = KvCommands.put(draft, put);
            } else if (command instanceof Command.KvDelete delete) {
                held = KvCommands.delete(draft, delete);
            } else if (command instanceof Command.KvDeleteTree delete) {
                KvCommands.deleteTree(draft, delete);
            } else if (command instanceof Command.Register register) {
                CatalogCommands.register(draft, register);
            } else if (command instanceof Command.Deregister deregister) {
                CatalogCommands.deregister(draft, deregister);
            } else if (command instanceof Command.UpdateCheck update) {
                CatalogCommands.updateCheck(draft, update);
            } else if (command instanceof Command.CreateSession create) {
                SessionCommands.create(draft, create);
            } else if (command instanceof Command.DestroySession destroy) {
                SessionCommands.destroy(draft, destroy);
            } else if (command instanceof Command.InitCluster init) {
                nextClusterId = initialized(init);
            } else {
                throw new IllegalStateException("no rule applies a " + command.getClass());
            }
        } catch (Refusal refusal) {
            State unchanged = new State(
                    draft.revision, draft.timeMillis, clusterId, kv.open(draft.timeMillis), catalog, sessions);
            return new Transition(unchanged, new CommandResult(draft.revision, false, refusal.rejection()), List.of());
        }
        State next =
                new State(draft.revision, draft.timeMillis, nextClusterId, draft.kv, draft.catalog, draft.sessions);
        return new Transition(next, new CommandResult(draft.revision, held, null), draft.changes);
    }

    private String initialized(Command.InitCluster init) {
        if (clusterId != null) {
            throw new Refusal(Rejection.Kind.CONFLICT, "The cluster has its id already: " + clusterId);
        }
        return init.clusterId();
    }

    KvTable kvTable() {
        return kv;
    }

    Catalog catalog() {
        return catalog;
    }

    Sessions sessionTable() {
        return sessions;
    }

    /** +1 for each applied command; never goes backwards. */
    public long revision() {
        return revision;
    }

    /** Null before InitCluster. */
    public @Nullable String clusterId() {
        return clusterId;
    }

    /** The newest time of an applied command, milliseconds. */
    public long timeMillis() {
        return timeMillis;
    }

    // ---- KV

    public @Nullable KvEntry kv(String key) {
        return kv.get(key);
    }

    /** The key's modify index; without such a key its tombstone's, else the tombstone floor; at least 1. */
    public long kvIndex(String key) {
        return kv.index(key);
    }

    /**
     * Visits the entries under a prefix in the order of their UTF-8 bytes, from the first one after `after` (null: from the
     * start), until the visitor returns false. Costs O(log n) to start and nothing for what is not visited.
     */
    public void kvScan(String prefix, @Nullable String after, Predicate<KvEntry> visitor) {
        kv.scan(prefix, after, visitor);
    }

    /** Highest modify index or tombstone under the prefix; at least 1; never falls. */
    public long kvPrefixIndex(String prefix) {
        return kv.prefixIndex(prefix);
    }

    public int kvCount() {
        return kv.entries().size();
    }

    /** When the lock delay on a key ends, milliseconds by the leader's clock; 0: none. */
    public long lockDelayUntilMillis(String key) {
        return kv.closedUntil().get(key);
    }

    // ---- Catalog

    public @Nullable NodeEntry node(String name) {
        NodeRecord node = catalog.node(name);
        return node == null ? null : node.node();
    }

    /** By name. */
    public List<NodeEntry> nodes() {
        return catalog.nodes().values().stream().map(NodeRecord::node).toList();
    }

    /** Highest modify index of a node, or the revision that removed one. */
    public long nodesIndex() {
        return Math.max(catalog.nodesIndex(), 1);
    }

    /** Newest change of the node, of a service on it or of a check on it; survives the node. */
    public long nodeIndex(String name) {
        return catalog.nodeIndex(name);
    }

    public @Nullable ServiceEntry service(String node, String serviceId) {
        return catalog.service(node, serviceId);
    }

    /** By id. */
    public List<ServiceEntry> servicesOf(String node) {
        NodeRecord record = catalog.node(node);
        return record == null ? List.of() : List.copyOf(record.services().values());
    }

    /** Service names with the union of their tags, both sorted. Costs a visit to every instance. */
    public Map<String, Set<String>> services() {
        Map<String, Set<String>> tags = new TreeMap<>();
        for (ServiceRecord service : catalog.services().values()) {
            for (Change.ServiceInstance instance : service.instances().values()) {
                tags.computeIfAbsent(instance.service().name(), name -> new TreeSet<>())
                        .addAll(instance.service().tags());
            }
        }
        return tags;
    }

    /** Newest registration, deregistration or change of any service entry. */
    public long servicesIndex() {
        return Math.max(catalog.servicesIndex(), 1);
    }

    /** Instances with their node and checks, by node and id. */
    public List<Change.ServiceInstance> instances(String service) {
        ServiceRecord record = catalog.services().get(service);
        return record == null ? List.of() : List.copyOf(record.instances().values());
    }

    /** Newest change of an instance, of a check that counts for one, or of a node that carries one; survives the last instance. */
    public long serviceIndex(String service) {
        return catalog.serviceIndex(service);
    }

    public @Nullable CheckEntry check(String node, String checkId) {
        NodeRecord record = catalog.node(node);
        return record == null ? null : record.checks().get(checkId);
    }

    /** All checks on a node, its services' too, by id. */
    public List<CheckEntry> checksOf(String node) {
        NodeRecord record = catalog.node(node);
        return record == null ? List.of() : List.copyOf(record.checks().values());
    }

    /** All checks of a service's instances (not of their nodes), by node and id. */
    public List<CheckEntry> checksOfService(String service) {
        List<CheckEntry> checks = new ArrayList<>();
        for (Change.ServiceInstance instance : instances(service)) {
            instance.checks().stream()
                    .filter(check -> check.serviceId() != null)
                    .forEach(checks::add);
        }
        return checks;
    }

    /** All checks in a state, by node and id; null: any. */
    public List<CheckEntry> checksIn(@Nullable CheckStatus status) {
        List<CheckEntry> checks = new ArrayList<>();
        for (NodeRecord node : catalog.nodes().values()) {
            node.checks().values().stream()
                    .filter(check -> status == null || check.status() == status)
                    .forEach(checks::add);
        }
        return checks;
    }

    /** Newest change of any check. */
    public long checksIndex() {
        return Math.max(catalog.checksIndex(), 1);
    }

    // ---- Sessions

    public @Nullable SessionEntry session(String id) {
        return sessions.get(id);
    }

    /** By id. */
    public List<SessionEntry> sessions() {
        return List.copyOf(sessions.byId().values());
    }

    /** By id. */
    public List<SessionEntry> sessionsOf(String node) {
        return sessions.ofNode(node);
    }

    /** Newest creation or end of any session. */
    public long sessionsIndex() {
        return Math.max(sessions.index(), 1);
    }

    /** When the session was created or ended. */
    public long sessionIndex(String id) {
        return sessions.index(id);
    }

    /** True when all tables hold the same; how the states came about does not count. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof State that
                && revision == that.revision
                && timeMillis == that.timeMillis
                && Objects.equals(clusterId, that.clusterId)
                && kv.equals(that.kv)
                && catalog.equals(that.catalog)
                && sessions.equals(that.sessions);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(revision);
    }

    @Override
    public String toString() {
        return "State[revision=" + revision + ", keys=" + kvCount() + ", nodes="
                + catalog.nodes().size() + ", sessions=" + sessions.byId().size() + "]";
    }
}
