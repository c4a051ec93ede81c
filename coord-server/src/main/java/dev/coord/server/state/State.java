package dev.coord.server.state;

import dev.coord.api.raft.v1.TxnOutcome;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.UserEvent;
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

    private static final AutopilotConfig AUTOPILOT_DEFAULTS = AutopilotConfig.newBuilder()
            .setCleanupDeadServers(true)
            .setLastContactThresholdMs(200)
            .setMaxTrailingLogs(250)
            .setServerStabilizationTimeMs(10_000)
            .build();

    /** How many deleted keys are remembered; beyond it the oldest are reaped and the floor of all lists' indexes rises. */
    public static final int TOMBSTONES_MAX = 100_000;
    /** How many gone nodes, services and sessions, of each kind, are remembered; likewise. */
    public static final int GONE_NAMES_MAX = 10_000;

    /** How many deleted flag sets are remembered with their history. */
    public static final int GONE_FLAG_SETS_MAX = 100;

    /** How many rollouts are remembered; those that have not ended always are. */
    public static final int ROLLOUTS_MAX = 100;

    private static final State EMPTY = new State(
            1,
            0,
            null,
            KvTable.EMPTY,
            Catalog.EMPTY,
            Sessions.EMPTY,
            Discovery.EMPTY,
            Administration.EMPTY,
            AclTables.INITIAL,
            FlagTable.EMPTY);

    private final long revision;
    private final long timeMillis;
    private final @Nullable String clusterId;
    private final KvTable kv;
    private final Catalog catalog;
    private final Sessions sessions;
    private final Discovery discovery;
    private final Administration administration;
    private final AclTables acl;
    private final FlagTable flags;

    State(
            long revision,
            long timeMillis,
            @Nullable String clusterId,
            KvTable kv,
            Catalog catalog,
            Sessions sessions,
            Discovery discovery,
            Administration administration,
            AclTables acl,
            FlagTable flags) {
        this.revision = revision;
        this.timeMillis = timeMillis;
        this.clusterId = clusterId;
        this.kv = kv;
        this.catalog = catalog;
        this.sessions = sessions;
        this.discovery = discovery;
        this.administration = administration;
        this.acl = acl;
        this.flags = flags;
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
        TxnOutcome outcome = null;
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
            } else if (command instanceof Command.ChangeFlags change) {
                held = FlagCommands.change(draft, change);
            } else if (command instanceof Command.ChangeRollout change) {
                held = RolloutCommands.change(draft, change);
            } else if (command instanceof Command.InitCluster init) {
                nextClusterId = initialized(init);
            } else if (command instanceof Command.Txn txn) {
                outcome = TxnCommands.apply(draft, txn);
                held = outcome.getErrorsCount() == 0;
            } else if (command instanceof Command.SetQuery set) {
                DiscoveryCommands.set(draft, set);
            } else if (command instanceof Command.DeleteQuery delete) {
                DiscoveryCommands.delete(draft, delete);
            } else if (command instanceof Command.FireEvent fire) {
                DiscoveryCommands.fire(draft, fire);
            } else if (command instanceof Command.UpdateCoordinates update) {
                DiscoveryCommands.update(draft, update);
            } else if (command instanceof Command.SetAutopilot set) {
                held = AdministrationCommands.setAutopilot(draft, set);
            } else if (command instanceof Command.RestoreChunk chunk) {
                draft.administration = draft.administration.with(PendingRestore.after(administration, chunk));
                if (chunk.last()) {
                    return AdministrationCommands.restored(draft, nextClusterId);
                }
            } else if (command instanceof Command.Acl changed) {
                AclCommands.apply(draft, changed.change());
            } else {
                throw new IllegalStateException("no rule applies a " + command.getClass());
            }
        } catch (Refusal refusal) {
            draft.administration = AdministrationCommands.afterRefusal(administration, command);
            return new Transition(
                    unchanged(draft), new CommandResult(draft.revision, false, refusal.rejection()), List.of());
        }
        if (outcome != null && !held) {
            return new Transition(unchanged(draft), new CommandResult(draft.revision, false, null, outcome), List.of());
        }
        DiscoveryCommands.followChanges(draft);
        State next = new State(
                draft.revision,
                draft.timeMillis,
                nextClusterId,
                draft.kv,
                draft.catalog,
                draft.sessions,
                draft.discovery,
                draft.administration,
                draft.acl,
                draft.flags);
        return new Transition(next, new CommandResult(draft.revision, held, null, outcome), draft.changes);
    }

    /** This state at the draft's revision and time, but for its administration: what a command leaves that had no effect. */
    private State unchanged(Draft draft) {
        return new State(
                draft.revision,
                draft.timeMillis,
                clusterId,
                kv.open(draft.timeMillis),
                catalog,
                sessions,
                discovery,
                draft.administration,
                acl,
                flags);
    }

    /** What a transaction would give now. Nothing comes of it; for those that only look, see {@link Command.Txn#writes}. */
    public TxnOutcome tried(Command.Txn txn) {
        return TxnCommands.apply(new Draft(this, timeMillis), txn);
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

    Discovery discovery() {
        return discovery;
    }

    Administration administration() {
        return administration;
    }

    FlagTable flagTable() {
        return flags;
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

    /** Every instance on a node, with the checks that count for it, by id. */
    public List<Change.ServiceInstance> instancesOn(String node) {
        NodeRecord record = catalog.node(node);
        return record == null
                ? List.of()
                : record.services().values().stream().map(record::instance).toList();
    }

    /** Newest change of any node, service or check. */
    public long catalogIndex() {
        return Math.max(nodesIndex(), Math.max(servicesIndex(), checksIndex()));
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

    // ---- Rollouts

    /** The newest last. */
    public List<Rollout> rollouts() {
        return List.copyOf(flags.rollouts().values());
    }

    /** The newest of a feature; null: there was none. */
    public @Nullable Rollout rollout(String feature) {
        Rollout newest = null;
        for (Rollout rollout : flags.rollouts().values()) {
            newest = rollout.getFeature().equals(feature) ? rollout : newest;
        }
        return newest;
    }

    /** Newest change of any rollout. */
    public long rolloutsIndex() {
        return Math.max(flags.rolloutsIndex(), 1);
    }

    /** True: nothing will come of it any more. */
    public static boolean hasEnded(Rollout rollout) {
        return switch (rollout.getPhase()) {
            case ROLLOUT_PHASE_DONE, ROLLOUT_PHASE_ABORTED, ROLLOUT_PHASE_OVERTAKEN -> true;
            default -> false;
        };
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

    // ---- Prepared queries, user events, coordinates

    /** By id. */
    public @Nullable PreparedQuery query(String id) {
        return discovery.queries().get(id);
    }

    /** The query of exactly this name, a template too. */
    public @Nullable PreparedQuery queryNamed(String name) {
        return discovery.queries().named(name);
    }

    /** The template with the longest prefix of this name. */
    public @Nullable PreparedQuery queryTemplateFor(String name) {
        return discovery.queries().templateFor(name);
    }

    /** By id. */
    public List<PreparedQuery> queries() {
        return List.copyOf(discovery.queries().byId().values());
    }

    /** Newest change of any prepared query. */
    public long queriesIndex() {
        return Math.max(discovery.queries().index(), 1);
    }

    /** The newest user events, at most {@link dev.coord.server.command.CommandLimits#EVENTS_MAX}, oldest first. */
    public List<UserEvent> events() {
        return discovery.events().newest();
    }

    /** Newest user event. */
    public long eventsIndex() {
        return Math.max(discovery.events().index(), 1);
    }

    /** By segment; empty when nobody has said where the node is. */
    public Map<String, Coordinate> coordinatesOf(String node) {
        return discovery.coordinates().of(node);
    }

    /** By node and segment. */
    public List<Coordinate> coordinates() {
        return discovery.coordinates().all();
    }

    /** Newest change of any coordinate. */
    public long coordinatesIndex() {
        return Math.max(discovery.coordinates().index(), 1);
    }

    /** The revision at which a snapshot took the place of everything last; 0: never. Indexes may have gone back then. */
    public long restoredAt() {
        return administration.restoredAt();
    }

    /** As they were set; those of Consul where they never were. */
    public AutopilotConfig autopilotSettings() {
        AutopilotConfig set = autopilot();
        return set == null ? AUTOPILOT_DEFAULTS : set;
    }

    /** Null: never set. */
    public @Nullable AutopilotConfig autopilot() {
        return administration.autopilot();
    }

    // ---- Access

    /** Tokens, policies and roles. */
    public AclTables acl() {
        return acl;
    }

    // ---- Flags

    /** A flag set; null when there is none, or it was deleted. */
    public @Nullable FlagSetEntry flagSet(String name) {
        FlagSetEntry set = flags.get(name);
        return set == null || !set.exists() ? null : set;
    }

    /** A flag set, a deleted one too, for the sake of its history; null when there never was one, or it was forgotten. */
    public @Nullable FlagSetEntry flagSetOrGone(String name) {
        return flags.get(name);
    }

    /** By name, without the deleted ones. */
    public List<FlagSetEntry> flagSets() {
        return flags.sets().values().stream().filter(FlagSetEntry::exists).toList();
    }

    /** Newest change of a flag set, or when it was deleted. */
    public long flagSetIndex(String name) {
        return flags.index(name);
    }

    /** Newest change of a flag; of one that there is not, of its set. */
    public long flagIndex(String set, String flag) {
        FlagSetEntry entry = flagSet(set);
        FlagEntry definition = entry == null ? null : entry.flag(flag);
        return definition == null ? flags.index(set) : definition.modifyIndex();
    }

    /** Newest change of any flag set. */
    public long flagSetsIndex() {
        return Math.max(flags.index(), 1);
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
                && sessions.equals(that.sessions)
                && discovery.equals(that.discovery)
                && administration.equals(that.administration)
                && acl.equals(that.acl)
                && flags.equals(that.flags);
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
