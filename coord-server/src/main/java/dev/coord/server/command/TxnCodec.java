package dev.coord.server.command;

import dev.coord.api.storage.v1.Txn;
import dev.coord.api.storage.v1.TxnCheck;
import dev.coord.api.storage.v1.TxnKv;
import dev.coord.api.storage.v1.TxnNode;
import dev.coord.api.storage.v1.TxnService;
import dev.coord.api.storage.v1.TxnVerb;

/** Transactions as they stand in the log. */
final class TxnCodec {

    private static final String PREFIX = "TXN_VERB_";

    private TxnCodec() {}

    static Txn toMessage(Command.Txn txn) {
        Txn.Builder message = Txn.newBuilder();
        txn.ops().forEach(op -> message.addOps(toMessage(op)));
        return message.build();
    }

    private static dev.coord.api.storage.v1.TxnOp toMessage(TxnOp op) {
        TxnVerb verb = TxnVerb.valueOf(PREFIX + op.verb().name());
        dev.coord.api.storage.v1.TxnOp.Builder message = dev.coord.api.storage.v1.TxnOp.newBuilder();
        if (op instanceof TxnOp.Kv kv) {
            message.setKv(TxnKv.newBuilder()
                    .setVerb(verb)
                    .setKey(kv.key())
                    .setValue(kv.value())
                    .setFlags(kv.flags())
                    .setIndex(kv.index())
                    .setSession(kv.session()));
        } else if (op instanceof TxnOp.Node node) {
            message.setNode(TxnNode.newBuilder().setVerb(verb).setNode(ApiMapping.toMessage(node.node())));
        } else if (op instanceof TxnOp.Service service) {
            message.setService(
                    TxnService.newBuilder().setVerb(verb).setService(ApiMapping.toMessage(service.service())));
        } else if (op instanceof TxnOp.Check check) {
            message.setCheck(TxnCheck.newBuilder().setVerb(verb).setCheck(ApiMapping.toMessage(check.check())));
        } else {
            throw new IllegalStateException("no encoding for a " + op.getClass());
        }
        return message.build();
    }

    /** @throws IllegalArgumentException for an operation or a verb of a newer build */
    static Command.Txn fromMessage(Txn txn) {
        return new Command.Txn(
                txn.getOpsList().stream().map(TxnCodec::fromMessage).toList());
    }

    private static TxnOp fromMessage(dev.coord.api.storage.v1.TxnOp op) {
        return switch (op.getOpCase()) {
            case KV -> {
                TxnKv kv = CommandCodec.known(op.getKv());
                yield new TxnOp.Kv(
                        verb(kv.getVerb()), kv.getKey(), kv.getValue(), kv.getFlags(), kv.getIndex(), kv.getSession());
            }
            case NODE ->
                new TxnOp.Node(
                        verb(CommandCodec.known(op.getNode()).getVerb()),
                        ApiMapping.fromMessage(op.getNode().getNode()));
            case SERVICE ->
                new TxnOp.Service(
                        verb(CommandCodec.known(op.getService()).getVerb()),
                        ApiMapping.fromMessage(op.getService().getService()));
            case CHECK ->
                new TxnOp.Check(
                        verb(CommandCodec.known(op.getCheck()).getVerb()),
                        ApiMapping.fromMessage(op.getCheck().getCheck()));
            case OP_NOT_SET -> throw new IllegalArgumentException("an operation of an unknown kind");
        };
    }

    private static TxnOp.Verb verb(TxnVerb verb) {
        if (verb == TxnVerb.TXN_VERB_UNSPECIFIED || verb == TxnVerb.UNRECOGNIZED) {
            throw new IllegalArgumentException("an operation with an unknown verb");
        }
        return TxnOp.Verb.valueOf(verb.name().substring(PREFIX.length()));
    }
}
