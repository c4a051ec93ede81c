package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.KeyValue;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A key and all that the store knows of it. Immutable.
 *
 * @param flags unsigned 64 bits
 * @param createIndex revision that created it
 * @param modifyIndex revision that changed it last; never 1
 * @param lockIndex how often it was acquired
 * @param session that holds it; null when free
 */
public record KvEntry(
        String key,
        ByteString value,
        long flags,
        long createIndex,
        long modifyIndex,
        long lockIndex,
        @Nullable String session) {

    /** As a message of {@code coord.v1}, which stands in snapshots too. */
    public KeyValue toMessage() {
        KeyValue.Builder message = KeyValue.newBuilder()
                .setKey(key)
                .setValue(value)
                .setFlags(flags)
                .setCreateRevision(createIndex)
                .setModifyRevision(modifyIndex)
                .setLockIndex(lockIndex);
        if (session != null) {
            message.setSession(session);
        }
        return message.build();
    }

    public static KvEntry of(KeyValue message) {
        return new KvEntry(
                message.getKey(),
                message.getValue(),
                message.getFlags(),
                message.getCreateRevision(),
                message.getModifyRevision(),
                message.getLockIndex(),
                message.getSession().isEmpty() ? null : message.getSession());
    }

    /** True when only the indexes of creation and change may differ. */
    boolean sameAs(KvEntry other) {
        return lockIndex == other.lockIndex
                && flags == other.flags
                && Objects.equals(session, other.session)
                && value.equals(other.value)
                && key.equals(other.key);
    }
}
