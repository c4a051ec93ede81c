package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandLimits;
import dev.coord.server.command.CommandResult.Rejection;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.util.Collections;
import org.pcollections.TreePVector;

/**
 * A snapshot that is coming in through the log, a piece for each command. Kept in the state, so that every server puts the
 * same pieces together, also one that starts in the middle. Immutable.
 *
 * @param id of the restore
 */
record PendingRestore(String id, TreePVector<ByteString> chunks, long bytes) {

    /** The pieces with one more. */
    static PendingRestore after(Administration before, Command.RestoreChunk chunk) {
        PendingRestore begun =
                chunk.number() == 0 ? new PendingRestore(chunk.id(), TreePVector.empty(), 0) : before.restore();
        if (begun == null || !begun.id.equals(chunk.id()) || begun.chunks.size() != chunk.number()) {
            throw new Refusal(
                    Rejection.Kind.CONFLICT,
                    "piece " + chunk.number() + " of restore " + chunk.id()
                            + " is not the next one: another restore has begun; try again");
        }
        long bytes = begun.bytes + chunk.data().size();
        if (bytes > CommandLimits.RESTORE_BYTES_MAX) {
            throw new Refusal(
                    Rejection.Kind.INVALID,
                    "the snapshot is larger than " + CommandLimits.RESTORE_BYTES_MAX + " bytes");
        }
        return new PendingRestore(begun.id, begun.chunks.plus(chunk.data()), bytes);
    }

    /** The state that the pieces hold. */
    State whole() {
        try {
            SequenceInputStream in = new SequenceInputStream(Collections.enumeration(
                    chunks.stream().map(ByteString::newInput).toList()));
            return SnapshotCodec.read(new BufferedInputStream(in));
        } catch (IOException e) {
            throw new Refusal(Rejection.Kind.INVALID, "the snapshot can't be restored: " + e.getMessage());
        }
    }
}
