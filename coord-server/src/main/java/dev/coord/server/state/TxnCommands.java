package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.TxnError;
import dev.coord.api.raft.v1.TxnOutcome;
import dev.coord.api.raft.v1.TxnResult;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult.Rejection;
import dev.coord.server.command.TxnOp;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operations of a transaction on a draft, each on what those before it left, and collects what they read or why
 * they failed. One that fails does not keep the others from being tried, so that the client learns of all errors at once;
 * whoever calls throws the draft away when there are any.
 */
final class TxnCommands {

    private final Draft draft;
    private final TxnOutcome.Builder outcome = TxnOutcome.newBuilder();
    private long resultBytes;

    private TxnCommands(Draft draft) {
        this.draft = draft;
    }

    static TxnOutcome apply(Draft draft, Command.Txn txn) {
        TxnCommands run = new TxnCommands(draft);
        if (!run.requireOpenLocks(txn.ops())) {
            for (int i = 0; i < txn.ops().size(); i++) {
                run.one(i, txn.ops().get(i));
            }
        }
        if (run.outcome.getErrorsCount() > 0) {
            run.outcome.clearResults();
        } else {
            Changes.merge(draft.changes);
        }
        return run.outcome.build();
    }

    /** As in Consul, a lock delay is found before anything is tried. True when there is one. */
    private boolean requireOpenLocks(List<TxnOp> ops) {
        for (int i = 0; i < ops.size(); i++) {
            if (ops.get(i) instanceof TxnOp.Kv kv
                    && kv.verb() == TxnOp.Verb.LOCK
                    && draft.kv.closedUntil().get(kv.key()) > 0) {
                error(i, "failed to lock key \"" + kv.key() + "\" due to lock delay");
            }
        }
        return outcome.getErrorsCount() > 0;
    }

    private void one(int index, TxnOp op) {
        try {
            if (op instanceof TxnOp.Kv kv) {
                kv(kv);
            } else if (op instanceof TxnOp.Node node) {
                node(node);
            } else if (op instanceof TxnOp.Service service) {
                service(service);
            } else if (op instanceof TxnOp.Check check) {
                check(check);
            }
            if (resultBytes > CommandLimits.TXN_RESULT_BYTES_MAX) {
                outcome.clearResults();
                throw refused("the answer is larger than " + CommandLimits.TXN_RESULT_BYTES_MAX + " bytes");
            }
        } catch (Refusal refusal) {
            error(index, text(refusal.rejection()));
        }
    }

    /** In a transaction Consul is briefer about what an operation did not find. */
    private static String text(Rejection rejection) {
        return rejection.kind() == Rejection.Kind.UNKNOWN_SERVICE
                ? "Missing service registration"
                : rejection.message();
    }

    private void error(int index, String what) {
        outcome.addErrors(TxnError.newBuilder().setIndex(index).setWhat(what));
    }

    private static Refusal refused(String why) {
        return new Refusal(Rejection.Kind.CONFLICT, why);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw refused(otherwise);
        }
    }

    // ---- keys

    private void kv(TxnOp.Kv op) {
        String key = op.key();
        String quoted = "\"" + key + "\"";
        switch (op.verb()) {
            case SET -> {
                put(op, null, null, null);
                result(key);
            }
            case CAS -> {
                require(put(op, op.index(), null, null), "failed to set key " + quoted + ", index is stale");
                result(key);
            }
            case LOCK -> {
                require(!op.session().isEmpty(), "missing session");
                require(put(op, null, op.session(), null), "failed to lock key " + quoted + ", lock is already held");
                result(key);
            }
            case UNLOCK -> {
                require(!op.session().isEmpty(), "missing session");
                require(
                        put(op, null, null, op.session()),
                        "failed to unlock key " + quoted + ", lock isn't held, or is held by another session");
                result(key);
            }
            case GET -> result(existing(key, "key " + quoted + " doesn't exist"), true);
            case GET_TREE -> draft.kv.under(key).forEach(entry -> result(entry, true));
            case CHECK_INDEX -> {
                KvEntry entry = existing(key, "failed to check index, key " + quoted + " doesn't exist");
                require(
                        entry.modifyIndex() == op.index(),
                        "failed index check for key " + quoted + ", current modify index " + entry.modifyIndex()
                                + " != " + Long.toUnsignedString(op.index()));
                result(entry, false);
            }
            case CHECK_SESSION -> {
                KvEntry entry = existing(key, "failed to check session, key " + quoted + " doesn't exist");
                String holder = entry.session() == null ? "" : entry.session();
                require(
                        holder.equals(op.session()),
                        "failed session check for key " + quoted + ", current session \"" + holder + "\" != \""
                                + op.session() + "\"");
                result(entry, false);
            }
            case CHECK_NOT_EXISTS -> require(draft.kv.get(key) == null, "key " + quoted + " exists");
            case DELETE -> KvCommands.delete(draft, new Command.KvDelete(key, null));
            case DELETE_CAS ->
                require(
                        KvCommands.delete(draft, new Command.KvDelete(key, op.index())),
                        "failed to delete key " + quoted + ", index is stale");
            case DELETE_TREE -> KvCommands.deleteTree(draft, new Command.KvDeleteTree(key));
        }
    }

    private boolean put(TxnOp.Kv op, @Nullable Long cas, @Nullable String acquire, @Nullable String release) {
        return KvCommands.put(draft, new Command.KvPut(op.key(), op.value(), op.flags(), cas, acquire, release));
    }

    private KvEntry existing(String key, String otherwise) {
        KvEntry entry = draft.kv.get(key);
        if (entry == null) {
            throw refused(otherwise);
        }
        return entry;
    }

    private void result(String key) {
        result(Objects.requireNonNull(draft.kv.get(key)), false);
    }

    /** Whoever has just set a value is not told it. */
    private void result(KvEntry entry, boolean withValue) {
        var message = entry.toMessage().toBuilder();
        if (!withValue) {
            message.setValue(ByteString.EMPTY);
        }
        add(TxnResult.newBuilder().setKv(message).build());
    }

    private void add(TxnResult result) {
        resultBytes += result.getSerializedSize();
        outcome.addResults(result);
    }

    // ---- the catalog

    private void node(TxnOp.Node op) {
        NodeEntry asked = op.node();
        NodeRecord record = asked.id().isEmpty() || op.verb() != TxnOp.Verb.GET
                ? draft.catalog.node(asked.name())
                : draft.catalog.nodeById(asked.id());
        NodeEntry before = record == null ? null : record.node();
        String quoted = "node \"" + asked.name() + "\"";
        switch (op.verb()) {
            case SET, CAS -> {
                require(!asked.name().isEmpty(), "Must provide node");
                requireIndex(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to set " + quoted);
                CatalogCommands.register(draft, new Command.Register(asked, null, List.of(), false));
                add(TxnResult.newBuilder()
                        .setNode(ApiMapping.toMessage(Objects.requireNonNull(draft.catalog.node(asked.name()))
                                .node()))
                        .build());
            }
            case GET -> {
                String name = asked.name().isEmpty() ? asked.id() : asked.name();
                require(before != null, "node \"" + name + "\" doesn't exist");
                add(TxnResult.newBuilder()
                        .setNode(ApiMapping.toMessage(Objects.requireNonNull(before)))
                        .build());
            }
            case DELETE, DELETE_CAS -> {
                requireIndexToDelete(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to delete " + quoted);
                CatalogCommands.deregister(draft, new Command.Deregister(asked.name(), null, null));
            }
            default -> throw refused("unknown Node verb \"" + op.verb().text() + "\"");
        }
    }

    private void service(TxnOp.Service op) {
        ServiceEntry asked = op.service();
        ServiceEntry before = draft.catalog.service(asked.node(), asked.id());
        String quoted = "service \"" + asked.id() + "\" on node \"" + asked.node() + "\"";
        switch (op.verb()) {
            case SET, CAS -> {
                requireIndex(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to set " + quoted);
                CatalogCommands.register(
                        draft, new Command.Register(existingNode(asked.node()), asked, List.of(), true));
                result(Objects.requireNonNull(draft.catalog.service(asked.node(), asked.id())));
            }
            case GET -> {
                require(before != null, quoted + " doesn't exist");
                result(Objects.requireNonNull(before));
            }
            case DELETE, DELETE_CAS -> {
                requireIndexToDelete(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to delete " + quoted);
                CatalogCommands.deregister(draft, new Command.Deregister(asked.node(), asked.id(), null));
            }
            default -> throw refused("unknown Service verb \"" + op.verb().text() + "\"");
        }
    }

    private void result(ServiceEntry service) {
        add(TxnResult.newBuilder().setService(ApiMapping.toMessage(service)).build());
    }

    private void check(TxnOp.Check op) {
        CheckEntry asked = op.check();
        NodeRecord node = draft.catalog.node(asked.node());
        CheckEntry before = node == null ? null : node.checks().get(asked.id());
        String quoted = "check \"" + asked.id() + "\" on node \"" + asked.node() + "\"";
        switch (op.verb()) {
            case SET, CAS -> {
                requireIndex(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to set " + quoted);
                CatalogCommands.register(
                        draft, new Command.Register(existingNode(asked.node()), null, List.of(asked), true));
                result(Objects.requireNonNull(draft.catalog.node(asked.node()))
                        .checks()
                        .get(asked.id()));
            }
            case GET -> {
                require(before != null, quoted + " doesn't exist");
                result(Objects.requireNonNull(before));
            }
            case DELETE, DELETE_CAS -> {
                requireIndexToDelete(
                        op.verb(),
                        asked.modifyIndex(),
                        before == null ? 0 : before.modifyIndex(),
                        "failed to delete " + quoted);
                CatalogCommands.deregister(draft, new Command.Deregister(asked.node(), null, asked.id()));
            }
            default -> throw refused("unknown Check verb \"" + op.verb().text() + "\"");
        }
    }

    private void result(CheckEntry check) {
        add(TxnResult.newBuilder().setCheck(ApiMapping.toMessage(check)).build());
    }

    private NodeEntry existingNode(String name) {
        NodeRecord node = draft.catalog.node(name);
        if (node == null) {
            throw new Refusal(Rejection.Kind.UNKNOWN_NODE, "Missing node registration");
        }
        return node.node();
    }

    /** Index 0 stands for what is not there. */
    private static void requireIndex(TxnOp.Verb verb, long wanted, long current, String otherwise) {
        require(verb != TxnOp.Verb.CAS || wanted == current, otherwise + ", index is stale");
    }

    private static void requireIndexToDelete(TxnOp.Verb verb, long wanted, long current, String otherwise) {
        require(verb != TxnOp.Verb.DELETE_CAS || (current != 0 && wanted == current), otherwise + ", index is stale");
    }
}
