package dev.coord.server.command;

import com.google.protobuf.ByteString;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** One operation of a {@link Command.Txn}. Immutable. */
public sealed interface TxnOp {

    /** What it does, to whatever kind of thing. */
    Verb verb();

    /** What an operation does; which of them a kind of thing has, see {@link CommandValidation}. */
    enum Verb {
        SET(true),
        CAS(true),
        LOCK(true),
        UNLOCK(true),
        GET(false),
        GET_TREE(false),
        CHECK_INDEX(false),
        CHECK_SESSION(false),
        CHECK_NOT_EXISTS(false),
        DELETE(true),
        DELETE_CAS(true),
        DELETE_TREE(true);

        private final boolean writes;

        Verb(boolean writes) {
            this.writes = writes;
        }

        /** False: only looks. */
        public boolean writes() {
            return writes;
        }

        /** As clients spell it: {@code delete-cas}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        public static Optional<Verb> of(String text) {
            return Arrays.stream(values())
                    .filter(verb -> verb.text().equals(text))
                    .findFirst();
        }
    }

    /**
     * Of a key, or with {@code GET_TREE} and {@code DELETE_TREE} of a prefix.
     *
     * @param index compared by {@code CAS}, {@code DELETE_CAS} and {@code CHECK_INDEX}
     * @param session of {@code LOCK}, {@code UNLOCK} and {@code CHECK_SESSION}; may be empty
     */
    record Kv(Verb verb, String key, ByteString value, long flags, long index, String session) implements TxnOp {}

    /** Of a node, found by its id, if it has one, else by its name; the index to compare is its modify index. */
    record Node(Verb verb, NodeEntry node) implements TxnOp {}

    /** Of a service on a node; the index to compare is its modify index. */
    record Service(Verb verb, ServiceEntry service) implements TxnOp {}

    /** Of a check on a node; the index to compare is its modify index. */
    record Check(Verb verb, CheckEntry check) implements TxnOp {}
}
