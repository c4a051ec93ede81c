package dev.coord.server.state;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** SKELETON: the signatures that the other packages program against. */
@SuppressWarnings("DoNotCallSuggester")
public final class State {

    /** The state before the first command: revision 1, so that no key ever gets modify index 1. */
    public static State empty() {
        throw new UnsupportedOperationException();
    }

    /** Deterministic. timeMillis: the leader's clock; one that is below the newest seen counts as that one. */
    public Transition apply(Command command, long timeMillis) {
        throw new UnsupportedOperationException();
    }

    /** +1 for each applied command; never goes backwards. */
    public long revision() {
        throw new UnsupportedOperationException();
    }

    /** Null before InitCluster. */
    public @Nullable String clusterId() {
        throw new UnsupportedOperationException();
    }

    /** The newest time of an applied command. */
    public long timeMillis() {
        throw new UnsupportedOperationException();
    }

    // ---- KV

    public @Nullable KvEntry kv(String key) {
        throw new UnsupportedOperationException();
    }

    /** The key's modify index; without such a key its tombstone's, else the tombstone floor; at least 1. */
    public long kvIndex(String key) {
        throw new UnsupportedOperationException();
    }

    /**
     * Visits the entries under a prefix in the order of their UTF-8 bytes, from the first one after `after` (null: from the
     * start), until the visitor returns false. Costs O(log n) to start and nothing for what is not visited.
     */
    public void kvScan(String prefix, @Nullable String after, Predicate<KvEntry> visitor) {
        throw new UnsupportedOperationException();
    }

    /** Highest modify index or tombstone under the prefix; at least 1; never falls. */
    public long kvPrefixIndex(String prefix) {
        throw new UnsupportedOperationException();
    }

    public int kvCount() {
        throw new UnsupportedOperationException();
    }

    /** When the lock delay on a key ends, by the leader's clock; 0: none. */
    public long lockDelayUntilMillis(String key) {
        throw new UnsupportedOperationException();
    }

    // ---- Catalog

    public @Nullable NodeEntry node(String name) {
        throw new UnsupportedOperationException();
    }

    /** By name. */
    public List<NodeEntry> nodes() {
        throw new UnsupportedOperationException();
    }

    /** Highest modify index of a node, or the revision that removed one. */
    public long nodesIndex() {
        throw new UnsupportedOperationException();
    }

    /** Newest change of the node, of a service on it or of a check on it. */
    public long nodeIndex(String name) {
        throw new UnsupportedOperationException();
    }

    public @Nullable ServiceEntry service(String node, String serviceId) {
        throw new UnsupportedOperationException();
    }

    /** By id. */
    public List<ServiceEntry> servicesOf(String node) {
        throw new UnsupportedOperationException();
    }

    /** Service names with the union of their tags, both sorted. */
    public Map<String, Set<String>> services() {
        throw new UnsupportedOperationException();
    }

    /** Newest registration, deregistration or change of any service entry. */
    public long servicesIndex() {
        throw new UnsupportedOperationException();
    }

    /** Instances with their node and checks, by node and id. */
    public List<Change.ServiceInstance> instances(String service) {
        throw new UnsupportedOperationException();
    }

    /** Newest change of an instance, of a check that counts for one, or of a node that carries one; survives the last instance. */
    public long serviceIndex(String service) {
        throw new UnsupportedOperationException();
    }

    public @Nullable CheckEntry check(String node, String checkId) {
        throw new UnsupportedOperationException();
    }

    /** All checks on a node, its services' too, by id. */
    public List<CheckEntry> checksOf(String node) {
        throw new UnsupportedOperationException();
    }

    /** All checks of a service's instances (not of their nodes). */
    public List<CheckEntry> checksOfService(String service) {
        throw new UnsupportedOperationException();
    }

    /** All checks in a state; null: any. */
    public List<CheckEntry> checksIn(@Nullable CheckStatus status) {
        throw new UnsupportedOperationException();
    }

    public long checksIndex() {
        throw new UnsupportedOperationException();
    }

    // ---- Sessions

    public @Nullable SessionEntry session(String id) {
        throw new UnsupportedOperationException();
    }

    public List<SessionEntry> sessions() {
        throw new UnsupportedOperationException();
    }

    public List<SessionEntry> sessionsOf(String node) {
        throw new UnsupportedOperationException();
    }

    public long sessionsIndex() {
        throw new UnsupportedOperationException();
    }
}
