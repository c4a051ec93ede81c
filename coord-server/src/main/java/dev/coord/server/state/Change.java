package dev.coord.server.state;

import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.SessionEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that differs between a state and the next. Before null: created; after null: gone. Immutable. */
public sealed interface Change {

    /** What there was; null: nothing. */
    @Nullable
    Object before();

    /** What there is now; null: nothing. */
    @Nullable
    Object after();

    /** A key. */
    record Kv(
            String key, @Nullable KvEntry before, @Nullable KvEntry after) implements Change {}

    /** A node itself, without what is on it. */
    record Node(
            String name,
            @Nullable NodeEntry before,
            @Nullable NodeEntry after) implements Change {}

    /**
     * An instance of a service, or what decides its health: its entry, its checks, its node or its node's checks. A node
     * change gives one for each instance on the node. An instance that changes its service's name gives two: gone from
     * the one, created in the other.
     */
    record Instance(
            String service,
            String node,
            String serviceId,
            @Nullable ServiceInstance before,
            @Nullable ServiceInstance after)
            implements Change {}

    /** A check, of a node or of a service. */
    record Check(
            String node,
            String checkId,
            @Nullable CheckEntry before,
            @Nullable CheckEntry after) implements Change {}

    /** A session. */
    record Session(
            String id,
            @Nullable SessionEntry before,
            @Nullable SessionEntry after) implements Change {}

    /** A prepared query. */
    record Query(
            String id,
            @Nullable PreparedQuery before,
            @Nullable PreparedQuery after) implements Change {}

    /** A user event that was fired. */
    record Event(UserEvent after) implements Change {
        @Override
        public @Nullable Object before() {
            return null;
        }
    }

    /** Where a node is on the map of round-trip times; after null: no segment of it is left. */
    record NodeCoordinate(
            String node,
            @Nullable Coordinate before,
            @Nullable Coordinate after) implements Change {}
    /** A definition in a flag set; an empty name: what the set's flags share. */
    record Flag(
            String set,
            String name,
            @Nullable FlagEntry before,
            @Nullable FlagEntry after) implements Change {}

    /** A flag set: it has a new version. */
    record FlagSet(
            String name,
            @Nullable FlagSetEntry before,
            @Nullable FlagSetEntry after) implements Change {}

    /** A rollout of a feature. */
    record FeatureRollout(@Nullable Rollout before, Rollout after) implements Change {}

    /** Tokens, policies or roles. */
    record Acl(AclTables before, AclTables after) implements Change {}

    /**
     * An instance with all that decides its health.
     *
     * @param checks the node's and its own
     */
    record ServiceInstance(NodeEntry node, ServiceEntry service, List<CheckEntry> checks) {
        public ServiceInstance {
            checks = List.copyOf(checks);
        }

        /** As a message of {@code coord.v1}. */
        public dev.coord.api.v1.Instance toMessage() {
            return dev.coord.api.v1.Instance.newBuilder()
                    .setNode(ApiMapping.toMessage(node))
                    .setService(ApiMapping.toMessage(service))
                    .addAllChecks(checks.stream().map(ApiMapping::toMessage).toList())
                    .build();
        }
    }
}
