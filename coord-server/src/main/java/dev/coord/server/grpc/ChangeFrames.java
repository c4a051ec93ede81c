package dev.coord.server.grpc;

import dev.coord.api.v1.Changes;
import dev.coord.api.v1.InstanceId;
import dev.coord.api.v1.WatchFrame;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.state.Change;
import dev.coord.streaming.Event;
import java.util.List;

/** Makes a frame of an event. */
final class ChangeFrames {

    /** The largest frame; a revision that changes more is told as a reset and a snapshot. */
    static final int FRAME_BYTES_MAX = 8 << 20;

    /** Where an event remembers its protobuf frame. */
    private static final int ENCODING = 1;

    private ChangeFrames() {}

    /** Encoded by the first who asks, shared by all others. */
    static EncodedFrame of(Event event) {
        return event.frame(ENCODING, ChangeFrames::encode);
    }

    private static EncodedFrame encode(Event event) {
        return of(event.revision(), event.changes());
    }

    /** Some changes of a revision, for one watch alone. */
    static EncodedFrame of(long revision, List<?> told) {
        Changes.Builder changes = Changes.newBuilder();
        for (Object change : told) {
            add(changes, change);
        }
        if (changes.getChangesCount() == 0) {
            return EncodedFrame.NOTHING;
        }
        WatchFrame frame = WatchFrame.newBuilder()
                .setRevision(revision)
                .setChanges(changes)
                .build();
        return frame.getSerializedSize() > FRAME_BYTES_MAX ? EncodedFrame.TOO_LARGE : EncodedFrame.of(frame);
    }

    private static void add(Changes.Builder changes, Object change) {
        if (change instanceof Change.Kv kv) {
            if (kv.after() == null) {
                changes.addChangesBuilder().setKvDeleted(kv.key());
            } else {
                changes.addChangesBuilder().setKv(StateMapping.toMessage(kv.after()));
            }
        } else if (change instanceof Change.Instance instance) {
            if (instance.after() == null) {
                changes.addChangesBuilder()
                        .setInstanceRemoved(
                                InstanceId.newBuilder().setNode(instance.node()).setServiceId(instance.serviceId()));
            } else {
                changes.addChangesBuilder().setInstance(StateMapping.toMessage(instance.after()));
            }
        } else if (change instanceof Change.Node node) {
            if (node.after() == null) {
                changes.addChangesBuilder().setNodeRemoved(node.name());
            } else {
                changes.addChangesBuilder().setNode(ApiMapping.toMessage(node.after()));
            }
        } else if (change instanceof Change.Session session) {
            if (session.after() == null) {
                changes.addChangesBuilder().setSessionRemoved(session.id());
            } else {
                changes.addChangesBuilder().setSession(ApiMapping.toMessage(session.after()));
            }
        } else if (change instanceof Change.Flag flag) {
            if (flag.after() == null) {
                changes.addChangesBuilder().setFlagRemoved(flag.name());
            } else {
                changes.addChangesBuilder().setFlag(StateMapping.toMessage(flag.after()));
            }
        }
        // A check is told with the instances that it counts for.
    }
}
