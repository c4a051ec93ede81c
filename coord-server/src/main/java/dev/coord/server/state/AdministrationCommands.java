package dev.coord.server.state;

import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the operators' commands do. */
final class AdministrationCommands {

    private AdministrationCommands() {}

    static boolean setAutopilot(Draft draft, Command.SetAutopilot set) {
        AutopilotConfig before = draft.administration.autopilot();
        long current = before == null ? 0 : before.getModifyRevision();
        if (set.cas() != null && set.cas() != current) {
            return false;
        }
        draft.administration = draft.administration.with(set.config().toBuilder()
                .setCreateRevision(before == null ? draft.revision : before.getCreateRevision())
                .setModifyRevision(draft.revision)
                .build());
        return true;
    }

    /** A restore that can't be finished gives its memory back. */
    static Administration afterRefusal(Administration before, Command refused) {
        return refused instanceof Command.RestoreChunk chunk && chunk.last()
                ? before.with((PendingRestore) null)
                : before;
    }

    /**
     * The state of the snapshot that has come in. Its tables are as they were; the revision goes on from the higher one, and
     * the cluster stays the one that it is. What a rollout's step had proved was of another time: it soaks anew.
     */
    static Transition restored(Draft draft, @Nullable String clusterId) {
        PendingRestore pending = Objects.requireNonNull(draft.administration.restore());
        State restored = pending.whole();
        long revision = Math.max(draft.revision, restored.revision() + 1);
        State next = new State(
                revision,
                Math.max(draft.timeMillis, restored.timeMillis()),
                clusterId,
                restored.kvTable(),
                restored.catalog(),
                restored.sessionTable(),
                restored.discovery(),
                restored.administration().with((PendingRestore) null).withRestoredAt(revision),
                restored.acl(),
                restored.flagTable().soakingAnew(revision, draft.timeMillis));
        return new Transition(next, CommandResult.ok(revision), List.of(), true);
    }
}
