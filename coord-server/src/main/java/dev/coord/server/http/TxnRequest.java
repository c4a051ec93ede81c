package dev.coord.server.http;

import com.google.protobuf.UnsafeByteOperations;
import dev.coord.api.raft.v1.TxnError;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.TxnOp;
import dev.coord.server.command.TxnOp.Verb;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends as a transaction.
 *
 * @param txn the operations that make sense
 * @param places of these operations among all that were sent
 * @param incomplete what is missing from operations: as in Consul, then nothing else is tried
 * @param unknownVerbs errors that stand beside those of the other operations
 * @param writes false: all that was sent only looks
 */
record TxnRequest(
        Command.Txn txn, List<Integer> places, List<TxnError> incomplete, List<TxnError> unknownVerbs, boolean writes) {

    private static final Set<Verb> CATALOG_VERBS =
            EnumSet.of(Verb.GET, Verb.SET, Verb.CAS, Verb.DELETE, Verb.DELETE_CAS);
    private static final List<String> KINDS = List.of("KV", "Node", "Service", "Check");
    private static final Set<Verb> KV_VERBS = EnumSet.allOf(Verb.class);

    static TxnRequest read(Buffer body, String datacenter, int valueBytesMax) {
        List<JsonBody> sent = JsonBody.parseList(body);
        if (sent.size() > CommandLimits.TXN_OPS_MAX) {
            throw new HttpError(
                    413,
                    "Transaction contains too many operations (" + sent.size() + " > " + CommandLimits.TXN_OPS_MAX
                            + ")");
        }
        Reading reading = new Reading(datacenter, valueBytesMax);
        for (int i = 0; i < sent.size(); i++) {
            reading.add(i, sent.get(i));
        }
        return new TxnRequest(
                new Command.Txn(reading.ops), reading.places, reading.incomplete, reading.unknownVerbs, reading.writes);
    }

    private static final class Reading {

        private final String datacenter;
        private final int valueBytesMax;
        private final List<TxnOp> ops = new ArrayList<>();
        private final List<Integer> places = new ArrayList<>();
        private final List<TxnError> incomplete = new ArrayList<>();
        private final List<TxnError> unknownVerbs = new ArrayList<>();
        private boolean writes;

        Reading(String datacenter, int valueBytesMax) {
            this.valueBytesMax = valueBytesMax;
            this.datacenter = datacenter;
        }

        void add(int place, JsonBody op) {
            op.requireNoneBut(KINDS);
            op.object("KV").ifPresent(fields -> kv(place, fields));
            op.object("Node").ifPresent(fields -> node(place, fields));
            op.object("Service").ifPresent(fields -> service(place, fields));
            op.object("Check").ifPresent(fields -> check(place, fields));
        }

        private void add(int place, TxnOp op) {
            ops.add(op);
            places.add(place);
        }

        private static TxnError error(int place, String what) {
            return TxnError.newBuilder().setIndex(place).setWhat(what).build();
        }

        /** Null for a verb that this kind of thing does not have. */
        private @Nullable Verb verb(int place, String kind, JsonBody fields, Set<Verb> known) {
            String text = fields.string("Verb");
            Verb verb = Verb.of(text).filter(known::contains).orElse(null);
            writes |= verb == null || verb.writes();
            if (verb == null) {
                unknownVerbs.add(error(place, "unknown " + kind + " verb \"" + text + "\""));
            }
            return verb;
        }

        private void kv(int place, JsonBody fields) {
            String key = fields.string("Key");
            byte[] value = fields.bytes("Value");
            if (value.length > valueBytesMax) {
                throw new HttpError(
                        413,
                        "Value for key \"" + key + "\" is too large (" + value.length + " > " + valueBytesMax
                                + " bytes)");
            }
            Verb verb = verb(place, "KV", fields, KV_VERBS);
            if (key.isEmpty() && verb != Verb.DELETE_TREE && verb != Verb.GET_TREE) {
                incomplete.add(error(place, "Must provide key"));
            } else if (verb != null) {
                add(
                        place,
                        new TxnOp.Kv(
                                verb,
                                key,
                                UnsafeByteOperations.unsafeWrap(value),
                                fields.unsigned("Flags"),
                                fields.unsigned("Index"),
                                fields.string("Session")));
            }
        }

        private void node(int place, JsonBody op) {
            JsonBody fields = part(op, "Node");
            Verb verb = verb(place, "Node", op, CATALOG_VERBS);
            if (verb == null) {
                return;
            }
            NodeEntry node = new NodeEntry(
                    CatalogRequest.nodeId(fields.string("ID")),
                    fields.string("Node"),
                    fields.string("Address"),
                    datacenter,
                    fields.stringMap("TaggedAddresses"),
                    fields.stringMap("Meta"),
                    0,
                    fields.unsigned("ModifyIndex"));
            add(place, new TxnOp.Node(verb, node));
        }

        private void service(int place, JsonBody op) {
            JsonBody fields = part(op, "Service");
            Verb verb = verb(place, "Service", op, CATALOG_VERBS);
            String id = fields.string("ID");
            if (verb == Verb.GET && fields.string("Service").isEmpty()) {
                // To look one up its id is enough.
                fields = fields.with("Service", id);
            }
            if (fields.string("Service").isEmpty()) {
                incomplete.add(
                        error(place, id.isEmpty() ? "Must provide service name" : "Must provide service name with ID"));
            } else if (verb != null) {
                ServiceEntry service = CatalogRequest.service(fields, op.string("Node"));
                add(place, new TxnOp.Service(verb, service.withIndexes(0, fields.unsigned("ModifyIndex"))));
            }
        }

        private void check(int place, JsonBody op) {
            JsonBody fields = part(op, "Check");
            Verb verb = verb(place, "Check", op, CATALOG_VERBS);
            if (fields.string("CheckID").isEmpty() && fields.string("Name").isEmpty()) {
                incomplete.add(error(place, "Must provide CheckID or Name"));
            } else if (verb != null) {
                CheckEntry check = CatalogRequest.check(fields, fields.string("Node"), false);
                add(place, new TxnOp.Check(verb, check.withIndexes(0, fields.unsigned("ModifyIndex"))));
            }
        }

        private static JsonBody part(JsonBody op, String name) {
            return op.object(name).orElseGet(() -> JsonBody.parse(Buffer.buffer()));
        }
    }
}
