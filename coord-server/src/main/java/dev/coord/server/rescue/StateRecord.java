package dev.coord.server.rescue;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import dev.coord.api.storage.v1.AclRecord;
import dev.coord.api.storage.v1.SnapshotRecord;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.State;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a state holds.
 *
 * @param kind what it is, as in the snapshot's format: {@code kv}, {@code node}, {@code service}, {@code flag} ...
 * @param name that no other of its kind has
 * @param content all of it
 */
public record StateRecord(String kind, String name, Message content) {

    /** Parts of a state that can be asked for by themselves. */
    public enum Part {
        KV,
        CATALOG,
        FLAGS,
        ACL,
        /** All of these, and sessions, prepared queries, user events, coordinates, and the autopilot's configuration. */
        ALL;

        boolean has(String kind) {
            return switch (this) {
                case KV -> kind.equals("kv");
                case CATALOG -> kind.equals("node") || kind.equals("service") || kind.equals("check");
                case FLAGS -> kind.startsWith("flag");
                case ACL -> kind.equals("acl");
                case ALL -> true;
            };
        }

        /** As the command line writes it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final OneofDescriptor RECORD =
            SnapshotRecord.getDescriptor().getOneofs().get(0);

    /** Visits what a part of a state holds, in the order of a snapshot. What a state keeps for itself alone is left out. */
    public static void visit(State state, Part part, Consumer<StateRecord> visitor) {
        SnapshotCodec.visit(state, record -> {
            FieldDescriptor set = record.getOneofFieldDescriptor(RECORD);
            String name = set == null || !part.has(set.getName()) ? null : name(record);
            if (name != null) {
                visitor.accept(new StateRecord(set.getName(), name, (Message) record.getField(set)));
            }
        });
    }

    /** Null: bookkeeping. */
    private static @Nullable String name(SnapshotRecord record) {
        return switch (record.getRecordCase()) {
            case KV -> record.getKv().getKey();
            case NODE -> record.getNode().getName();
            case SERVICE ->
                record.getService().getNode() + "/" + record.getService().getId();
            case CHECK -> record.getCheck().getNode() + "/" + record.getCheck().getId();
            case SESSION -> record.getSession().getId();
            case PREPARED_QUERY -> record.getPreparedQuery().getId();
            case USER_EVENT -> record.getUserEvent().getId();
            case COORDINATE ->
                record.getCoordinate().getNode() + "/" + record.getCoordinate().getSegment();
            case ACL -> name(record.getAcl());
            case FLAG_SET -> record.getFlagSet().getName();
            case FLAG ->
                record.getFlag().getSet() + "/" + record.getFlag().getText().getName();
            case FLAG_HISTORY ->
                record.getFlagHistory().getSet() + "/" + record.getFlagHistory().getRevision();
            case TOMBSTONE, LOCK_DELAY, NAMED_INDEX, RESTORE_CHUNK, HEADER, FOOTER, RECORD_NOT_SET -> null;
            // Named by its content: another content is another thing.
            default -> Integer.toHexString(record.toByteString().hashCode());
        };
    }

    private static String name(AclRecord acl) {
        return switch (acl.getRecordCase()) {
            case TOKEN -> "token/" + acl.getToken().getAccessorId();
            case POLICY -> "policy/" + acl.getPolicy().getId();
            case ROLE -> "role/" + acl.getRole().getId();
            case INDEXES -> "indexes";
            case RECORD_NOT_SET -> "";
        };
    }
}
