package dev.coord.server.http;

import dev.coord.api.raft.v1.TxnError;
import dev.coord.api.raft.v1.TxnOutcome;
import dev.coord.api.raft.v1.TxnResult;
import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.CatalogAccess;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.TxnOp;
import dev.coord.server.command.TxnOp.Verb;
import dev.coord.server.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the operations of a transaction ask of a token. */
final class TxnAccess {

    private TxnAccess() {}

    /** One error for each operation that the token does not allow. */
    static List<TxnError> denied(Authorizer may, State state, TxnRequest request) {
        List<TxnError> denied = new ArrayList<>();
        if (may.unrestricted()) {
            return denied;
        }
        for (int i = 0; i < request.txn().ops().size(); i++) {
            try {
                require(may, state, request.txn().ops().get(i));
            } catch (AccessException e) {
                denied.add(TxnError.newBuilder()
                        .setIndex(request.places().get(i))
                        .setWhat(String.valueOf(e.getMessage()))
                        .build());
            }
        }
        return denied;
    }

    private static void require(Authorizer may, State state, TxnOp op) {
        if (op instanceof TxnOp.Kv kv) {
            switch (kv.verb()) {
                case GET, CHECK_INDEX, CHECK_SESSION, CHECK_NOT_EXISTS -> may.requireRead(Resource.KEY, kv.key());
                case GET_TREE -> may.requireListKeys(kv.key());
                case DELETE_TREE -> may.requireWriteKeysUnder(kv.key());
                case SET, CAS, LOCK, UNLOCK, DELETE, DELETE_CAS -> may.requireWrite(Resource.KEY, kv.key());
            }
        } else if (op instanceof TxnOp.Node node) {
            require(may, node.verb(), node.node().name());
        } else if (op instanceof TxnOp.Service service) {
            if (service.verb() == Verb.GET) {
                may.requireRead(Resource.SERVICE, service.service().name());
            } else {
                CatalogAccess.require(
                        may,
                        state,
                        service.verb() == Verb.DELETE || service.verb() == Verb.DELETE_CAS
                                ? new Command.Deregister(
                                        service.service().node(),
                                        service.service().id(),
                                        null)
                                : new Command.Register(
                                        node(state, service.service().node()), service.service(), List.of(), true));
            }
        } else if (op instanceof TxnOp.Check check) {
            CheckEntry entry = check.check();
            if (check.verb() == Verb.GET) {
                may.requireRead(Resource.NODE, entry.node());
            } else {
                CatalogAccess.require(
                        may,
                        state,
                        check.verb() == Verb.DELETE || check.verb() == Verb.DELETE_CAS
                                ? new Command.Deregister(entry.node(), null, entry.id())
                                : new Command.Register(node(state, entry.node()), null, List.of(entry), true));
            }
        }
    }

    private static void require(Authorizer may, Verb verb, String node) {
        if (verb == Verb.GET) {
            may.requireRead(Resource.NODE, node);
        } else {
            may.requireWrite(Resource.NODE, node);
        }
    }

    private static NodeEntry node(State state, String name) {
        NodeEntry there = state.node(name);
        return there == null ? new NodeEntry("", name, "", "", Map.of(), Map.of(), 0, 0) : there;
    }

    /** Without the keys that the token may not read; a tree leaves them out. */
    static TxnOutcome seen(Authorizer may, TxnOutcome outcome) {
        if (may.unrestricted()) {
            return outcome;
        }
        List<TxnResult> seen = outcome.getResultsList().stream()
                .filter(result -> !result.hasKv()
                        || may.mayRead(Resource.KEY, result.getKv().getKey()))
                .toList();
        return outcome.toBuilder().clearResults().addAllResults(seen).build();
    }
}
