package dev.coord.server.state;

import com.google.protobuf.ByteString;
import dev.coord.api.storage.v1.Rollout;
import dev.coord.api.storage.v1.RolloutEvent;
import dev.coord.api.storage.v1.UserEvent;
import dev.coord.server.command.Command;
import dev.coord.server.command.Command.ChangeFlags.Definition;
import dev.coord.server.command.FlagAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a change of a rollout does to a draft. It was made for one version of the rollout and one of the flag set: it applies to
 * these or not at all, so that flag and rollout can't disagree. Each change is a user event, too.
 */
final class RolloutCommands {

    /** The name of the user events that tell of rollouts. */
    static final String EVENT = "coord-rollout";
    /** The most events that are kept of a rollout. */
    private static final int EVENTS_MAX = 100;

    private static final int PAYLOAD_CHARS_MAX = 300;

    private RolloutCommands() {}

    static boolean change(Draft draft, Command.ChangeRollout change) {
        Rollout asked = change.rollout();
        Rollout before =
                change.expectedRevision() == 0 ? null : draft.flags.rollouts().get(asked.getCreateRevision());
        if (change.expectedRevision() == 0
                ? isUnderWay(draft, asked.getFeature())
                : before == null || before.getModifyRevision() != change.expectedRevision()) {
            return false;
        }
        if (change.writesFlag() && !FlagCommands.change(draft, flag(change))) {
            return false;
        }
        Rollout after = stamped(draft, asked, before);
        draft.flags = draft.flags.with(after);
        draft.changes.add(new Change.FeatureRollout(before, after));
        tell(draft, after);
        return true;
    }

    private static boolean isUnderWay(Draft draft, String feature) {
        return draft.flags.rollouts().values().stream()
                .anyMatch(rollout -> rollout.getFeature().equals(feature) && !State.hasEnded(rollout));
    }

    private static Command.ChangeFlags flag(Command.ChangeRollout change) {
        Rollout rollout = change.rollout();
        RolloutEvent newest = rollout.getEvents(rollout.getEventsCount() - 1);
        return new Command.ChangeFlags(
                FlagSetEntry.FEATURES,
                rollout.hasWritten() ? List.of(new Definition(rollout.getFeature(), rollout.getWritten())) : List.of(),
                rollout.hasWritten() ? List.of() : List.of(rollout.getFeature()),
                false,
                change.expectedSetIndex(),
                newest.getAuthor(),
                FlagAction.ROLLOUT);
    }

    private static Rollout stamped(Draft draft, Rollout asked, @Nullable Rollout before) {
        Rollout.Builder after = asked.toBuilder().setModifyRevision(draft.revision);
        if (before == null) {
            after.setCreateRevision(draft.revision);
        }
        if (asked.getSinceMs() == 0) {
            after.setSinceMs(draft.timeMillis);
        }
        int newest = after.getEventsCount() - 1;
        after.setEvents(
                newest,
                after.getEvents(newest).toBuilder().setRevision(draft.revision).setTimeMs(draft.timeMillis));
        while (after.getEventsCount() > EVENTS_MAX) {
            after.removeEvents(0);
        }
        return after.build();
    }

    private static void tell(Draft draft, Rollout rollout) {
        RolloutEvent event = rollout.getEvents(rollout.getEventsCount() - 1);
        String service = rollout.getService().isEmpty() ? "" : " for " + rollout.getService();
        String text = rollout.getFeature() + service + ": " + event.getKind() + ", at " + event.getPercent() + "%"
                + (event.getReason().isEmpty() ? "" : ": " + event.getReason());
        String payload = text.length() > PAYLOAD_CHARS_MAX ? text.substring(0, PAYLOAD_CHARS_MAX) : text;
        // An id that every server comes to.
        String id = UUID.nameUUIDFromBytes((EVENT + draft.revision).getBytes(StandardCharsets.UTF_8))
                .toString();
        DiscoveryCommands.fire(
                draft,
                new Command.FireEvent(UserEvent.newBuilder()
                        .setId(id)
                        .setName(EVENT)
                        .setPayload(ByteString.copyFromUtf8(payload))
                        .build()));
    }
}
