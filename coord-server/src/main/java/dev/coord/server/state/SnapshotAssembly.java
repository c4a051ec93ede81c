package dev.coord.server.state;

import dev.coord.api.storage.v1.FlagSet;
import dev.coord.api.storage.v1.NamedIndex;
import dev.coord.api.storage.v1.RestoreChunk;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.SnapshotHeader;
import dev.coord.api.storage.v1.SnapshotRecord;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.SessionEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pcollections.TreePMap;
import org.pcollections.TreePSet;

/** A state put together from the records of a snapshot, in any order but node before what is on it. Used by one thread. */
final class SnapshotAssembly {

    private final SnapshotHeader header;
    private final TreeMap<String, KvEntry> keys = new TreeMap<>(Utf8Order.INSTANCE);
    private final TreeMap<String, TreePSet<String>> heldBy = new TreeMap<>();
    private final TreeMap<String, NodeRecord> nodes = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Map<IndexName, Map<String, Long>> indexes = new EnumMap<>(IndexName.class);
    private NumberedNames tombstones = NumberedNames.empty(Utf8Order.INSTANCE);
    private NumberedNames closedUntil = NumberedNames.empty(Utf8Order.INSTANCE);
    private Sessions sessions = Sessions.EMPTY;
    private AclTables acl = AclTables.INITIAL;
    private PreparedQueries queries = PreparedQueries.EMPTY;
    private UserEvents events = UserEvents.EMPTY;
    private Coordinates coordinates = Coordinates.EMPTY;
    private Administration administration = Administration.EMPTY;
    private final TreeMap<String, FlagSetEntry> flagSets = new TreeMap<>();
    private final List<Rollout> rollouts = new ArrayList<>();

    SnapshotAssembly(SnapshotHeader header) {
        this.header = header;
        for (IndexName name : IndexName.values()) {
            indexes.put(name, new TreeMap<>(order(name)));
        }
    }

    private static Comparator<String> order(IndexName name) {
        return name == IndexName.SESSION_GONE ? Utf8Order.INSTANCE : String.CASE_INSENSITIVE_ORDER;
    }

    /** @throws IllegalArgumentException when the record makes no sense, or only to a newer build */
    void add(SnapshotRecord record) {
        switch (record.getRecordCase()) {
            case KV -> addKey(KvEntry.of(record.getKv()));
            case NODE -> {
                NodeRecord node = NodeRecord.of(ApiMapping.fromMessage(record.getNode()));
                nodes.put(node.node().name(), node);
            }
            case SERVICE -> {
                ServiceEntry service = ApiMapping.fromMessage(record.getService());
                nodes.put(service.node(), node(service.node()).with(service));
            }
            case CHECK -> {
                CheckEntry check = ApiMapping.fromMessage(record.getCheck());
                nodes.put(check.node(), node(check.node()).with(check));
            }
            case SESSION -> {
                SessionEntry session = ApiMapping.fromMessage(record.getSession());
                sessions = sessions.with(session);
            }
            case ACL -> acl = acl.with(record.getAcl());
            case TOMBSTONE ->
                tombstones = tombstones.with(
                        record.getTombstone().getKey(), record.getTombstone().getRevision());
            case LOCK_DELAY ->
                closedUntil = closedUntil.with(
                        record.getLockDelay().getKey(), record.getLockDelay().getUntilMs());
            case NAMED_INDEX -> {
                NamedIndex index = record.getNamedIndex();
                indexes(IndexName.of(index.getTable())).put(index.getName(), index.getRevision());
            }
            case PREPARED_QUERY -> queries = queries.with(record.getPreparedQuery());
            case USER_EVENT -> events = events.with(record.getUserEvent(), 0);
            case COORDINATE -> coordinates = coordinates.with(record.getCoordinate(), 0);
            case AUTOPILOT -> administration = administration.with(record.getAutopilot());
            case RESTORE_CHUNK -> {
                RestoreChunk chunk = record.getRestoreChunk();
                administration = administration.with(PendingRestore.after(
                        administration,
                        new Command.RestoreChunk(chunk.getId(), chunk.getNumber(), chunk.getData(), false)));
            }
            case FLAG_SET -> {
                FlagSet set = record.getFlagSet();
                flagSets.put(
                        set.getName(),
                        new FlagSetEntry(
                                set.getName(),
                                !set.getDeleted(),
                                TreePMap.empty(),
                                set.getCreateRevision(),
                                set.getModifyRevision(),
                                List.of()));
            }
            case FLAG -> {
                FlagSetEntry set = flagSet(record.getFlag().getSet());
                flagSets.put(set.name(), set.with(FlagEntry.of(record.getFlag())));
            }
            case FLAG_HISTORY -> {
                FlagSetEntry set = flagSet(record.getFlagHistory().getSet());
                flagSets.put(set.name(), set.with(FlagVersion.of(record.getFlagHistory())));
            }
            case ROLLOUT -> rollouts.add(record.getRollout());
            case HEADER -> throw new IllegalArgumentException("a second header: it is damaged");
            case FOOTER -> throw new IllegalArgumentException("a footer before the end: it is damaged");
            case RECORD_NOT_SET ->
                throw new IllegalArgumentException(
                        "a record of a kind that this build does not know: a newer build wrote it; start that build or a later one");
        }
    }

    private void addKey(KvEntry entry) {
        keys.put(entry.key(), entry);
        if (entry.session() != null) {
            heldBy.merge(
                    entry.session(),
                    TreePSet.singleton(Utf8Order.INSTANCE, entry.key()),
                    (held, one) -> held.plus(entry.key()));
        }
    }

    private NodeRecord node(String name) {
        NodeRecord node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("something on node \"" + name + "\" before the node: it is damaged");
        }
        return node;
    }

    private FlagSetEntry flagSet(String name) {
        FlagSetEntry set = flagSets.get(name);
        if (set == null) {
            throw new IllegalArgumentException("something of flag set \"" + name + "\" before the set: it is damaged");
        }
        return set;
    }

    private FlagTable flags() {
        FlagTable flags = FlagTable.EMPTY;
        for (FlagSetEntry set : flagSets.values()) {
            flags = flags.with(set);
        }
        for (Rollout rollout : rollouts) {
            flags = flags.with(rollout);
        }
        return flags.withIndexes(index(IndexName.FLAGS), index(IndexName.FLAGS_FORGOTTEN));
    }

    private Map<String, Long> indexes(IndexName name) {
        return indexes.getOrDefault(name, Map.of());
    }

    private long index(IndexName name) {
        return indexes(name).getOrDefault("", 0L);
    }

    private Graveyard gone(IndexName name) {
        NumberedNames gone = NumberedNames.empty(order(name));
        for (Map.Entry<String, Long> entry : indexes(name).entrySet()) {
            gone = entry.getKey().isEmpty() ? gone : gone.with(entry.getKey(), entry.getValue());
        }
        return new Graveyard(gone, index(name), State.GONE_NAMES_MAX);
    }

    State finish() {
        return new State(
                header.getRevision(),
                header.getTimeMs(),
                header.getClusterId().isEmpty() ? null : header.getClusterId(),
                kv(),
                catalog(),
                new Sessions(
                        sessions.byId(), sessions.byNode(), gone(IndexName.SESSION_GONE), index(IndexName.SESSIONS)),
                new Discovery(
                        queries.withIndex(index(IndexName.QUERIES)),
                        events.withIndex(index(IndexName.EVENTS)),
                        coordinates.withIndex(index(IndexName.COORDINATES))),
                administration.withRestoredAt(index(IndexName.RESTORED)),
                acl,
                flags());
    }

    private KvTable kv() {
        return new KvTable(
                TreePMap.fromSortedMap(keys),
                TreePMap.fromSortedMap(heldBy),
                closedUntil,
                new Graveyard(tombstones, header.getTombstoneFloor(), State.TOMBSTONES_MAX),
                index(IndexName.KV));
    }

    private Catalog catalog() {
        TreeMap<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        TreeMap<String, ServiceRecord> services = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        // A node that is not there was lost with its record: only a salvaged snapshot comes this far without it.
        indexes(IndexName.NODE)
                .forEach((name, revision) -> nodes.computeIfPresent(name, (key, node) -> node.withIndex(revision)));
        for (NodeRecord node : nodes.values()) {
            if (!node.node().id().isEmpty()) {
                names.put(node.node().id(), node.node().name());
            }
            for (ServiceEntry service : node.services().values()) {
                OnNode key = new OnNode(node.node().name(), service.id());
                services.merge(
                        service.name(),
                        ServiceRecord.EMPTY.with(key, node.instance(service), 0),
                        (record, one) -> record.with(key, node.instance(service), 0));
            }
        }
        services.replaceAll(
                (name, record) -> record.withIndex(indexes(IndexName.SERVICE).getOrDefault(name, 0L)));
        return new Catalog(
                TreePMap.fromSortedMap(nodes),
                TreePMap.fromSortedMap(names),
                TreePMap.fromSortedMap(services),
                gone(IndexName.NODE_GONE),
                gone(IndexName.SERVICE_GONE),
                index(IndexName.NODES),
                index(IndexName.SERVICES),
                index(IndexName.CHECKS));
    }
}
