package dev.coord.server.command;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.api.storage.v1.Coordinate;
import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A change that goes through the log. Immutable; validated by {@link CommandLimits} before it is proposed. */
public sealed interface Command {

    /**
     * Sets a key.
     *
     * @param key not empty
     * @param flags opaque to the store; unsigned 64 bits
     * @param cas only if the key's modify index is this; 0: only if there is no such key; null: whatever there is
     * @param acquire session that takes the key; null: none
     * @param release session that lets the key go; null: none
     */
    record KvPut(
            String key,
            ByteString value,
            long flags,
            @Nullable Long cas,
            @Nullable String acquire,
            @Nullable String release)
            implements Command {}

    /**
     * Deletes a key. Deleting what is not there succeeds.
     *
     * @param cas only if the key's modify index is this; null: whatever there is
     */
    record KvDelete(String key, @Nullable Long cas) implements Command {}

    /** Deletes every key that starts with the prefix; an empty one: all. */
    record KvDeleteTree(String prefix) implements Command {}

    /**
     * Creates or replaces a node and, where given, a service on it and checks of either.
     *
     * @param skipNodeUpdate leave the node as it is if it exists
     */
    record Register(NodeEntry node, @Nullable ServiceEntry service, List<CheckEntry> checks, boolean skipNodeUpdate)
            implements Command {
        public Register {
            checks = List.copyOf(checks);
        }
    }

    /** Removes a check, or a service with its checks, or (both null) the node with all that it has. */
    record Deregister(
            String node,
            @Nullable String serviceId,
            @Nullable String checkId) implements Command {}

    /** Changes the status and output of a check, and nothing else. */
    record UpdateCheck(String node, String checkId, CheckStatus status, String output) implements Command {}

    /** Creates a session; its id was chosen by the proposer. */
    record CreateSession(SessionEntry session) implements Command {}

    /** Ends a session and lets go or deletes the keys that it holds. Ending what is not there succeeds. */
    record DestroySession(String id) implements Command {}

    /** Changes who may do what. */
    record Acl(AclChange change) implements Command {}
    /**
     * Makes the next version of a flag set of the one before. The definitions were checked, for that one version, by whoever
     * proposes it: the state takes it for that version or not at all.
     *
     * @param put definitions that are new or other than before
     * @param remove names of definitions that go
     * @param drop the set goes with them
     * @param expectedIndex the set's modify index that this was made for; 0: there was never such a set
     * @param author who, for the history
     */
    record ChangeFlags(
            String set,
            List<Definition> put,
            List<String> remove,
            boolean drop,
            long expectedIndex,
            String author,
            FlagAction action)
            implements Command {
        public ChangeFlags {
            put = List.copyOf(put);
            remove = List.copyOf(remove);
        }

        /** One definition, flagd's JSON; an empty name: what the set's flags share. */
        public record Definition(String name, String json) {}
    }

    /**
     * The next state of a rollout and, in the same revision or not at all, the flag that it comes with.
     *
     * @param expectedRevision the rollout's modify revision that this was made for; 0: it is new
     * @param expectedSetIndex likewise of the flag set
     * @param writesFlag false: the flag stays as it is
     */
    record ChangeRollout(Rollout rollout, long expectedRevision, long expectedSetIndex, boolean writesFlag)
            implements Command {}

    /** Gives the cluster its id, once; later ones are refused. */
    record InitCluster(String clusterId) implements Command {}

    /**
     * Operations that take effect together or not at all, each seeing what those before it did. What it read and set, or
     * why it failed, is the result's {@link CommandResult#txn}.
     */
    record Txn(List<TxnOp> ops) implements Command {
        public Txn {
            ops = List.copyOf(ops);
        }

        /** False: nothing would be written, so it needs no place in the log. */
        public boolean writes() {
            return ops.stream().anyMatch(op -> op.verb().writes());
        }
    }

    /**
     * Creates or replaces a prepared query; its id was chosen by the proposer.
     *
     * @param update true: there must be one of this id; false: there must be none
     */
    record SetQuery(PreparedQuery query, boolean update) implements Command {}

    /** Removes a prepared query. One that is not there is refused. */
    record DeleteQuery(String id) implements Command {}

    /** Tells all agents of something. Its id was chosen by the proposer. */
    record FireEvent(UserEvent event) implements Command {}

    /** Says where nodes are on the map of round-trip times. Those of unknown nodes are let pass. */
    record UpdateCoordinates(List<Coordinate> coordinates) implements Command {
        public UpdateCoordinates {
            coordinates = List.copyOf(coordinates);
        }
    }

    /**
     * A piece of a snapshot that is to take the place of everything but the cluster's id; the last one makes it so. The
     * revision goes on from the higher one.
     *
     * @param id of the whole restore
     * @param number from 0; piece 0 drops what was begun before
     */
    record RestoreChunk(String id, int number, ByteString data, boolean last) implements Command {}

    /**
     * Sets what operators may say of how servers come and go.
     *
     * @param cas only if its modify index is this; null: whatever there is
     */
    record SetAutopilot(AutopilotConfig config, @Nullable Long cas) implements Command {}
}
