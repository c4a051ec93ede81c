package dev.coord.server.raft;

import java.util.List;

/**
 * One time that a cluster was begun anew with what one server had.
 *
 * @param plan id of the plan that was carried out
 * @param generation that began with it
 * @param timeMillis when, since 1970
 * @param lastTerm of the newest log entry that the server had
 * @param lastIndex of that entry
 * @param lost Raft addresses of the servers that were given up
 * @param mayLose what may have been lost, in words; empty: nothing
 */
public record RecoveryMark(
        String plan,
        long generation,
        long timeMillis,
        long lastTerm,
        long lastIndex,
        List<String> lost,
        String mayLose) {

    public RecoveryMark {
        lost = List.copyOf(lost);
    }
}
