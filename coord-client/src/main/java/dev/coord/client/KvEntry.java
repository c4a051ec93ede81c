package dev.coord.client;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.KeyValue;
import java.util.Optional;

/**
 * A key and all that Coord knows of it. Immutable.
 *
 * @param value opaque bytes, at most 512 kB
 * @param flags opaque to Coord; unsigned 64 bits
 * @param createRevision the revision that created it
 * @param modifyRevision the revision that changed it last: what {@link Kv#compareAndSet} compares with
 * @param lockIndex how often a session acquired it
 * @param session that holds it
 */
public record KvEntry(
        String key,
        ByteString value,
        long flags,
        long createRevision,
        long modifyRevision,
        long lockIndex,
        Optional<String> session) {

    static KvEntry of(KeyValue message) {
        return new KvEntry(
                message.getKey(),
                message.getValue(),
                message.getFlags(),
                message.getCreateRevision(),
                message.getModifyRevision(),
                message.getLockIndex(),
                message.getSession().isEmpty() ? Optional.empty() : Optional.of(message.getSession()));
    }

    /** The value as UTF-8. */
    public String text() {
        return value.toStringUtf8();
    }
}
