package dev.coord.server.raft;

import dev.coord.api.raft.v1.ServerInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whom a leader hands leadership to because that one is preferred: the voter with the highest priority, if it is higher than the
 * leader's own. Only once it has been there, caught up, on a good disk, for a while without a break, and not again soon after a try,
 * so that one that comes and goes does not take leadership with it each time. One that has led and lost it counts as tried then,
 * whoever leads since.
 *
 * <p>Of one thread, called once a second.
 */
final class PreferredLeader {

    /** So many seconds in a row it must be fit. */
    static final int STEADY_SECONDS = 10;
    /** So many seconds pass between two tries. */
    static final int PAUSE_SECONDS = 60;
    /** One that lacks more entries than this has not caught up. What it says of its log may be a second old. */
    static final long LAG_MAX = 10_000;

    private String candidate = "";
    private int steady;
    private int pause;
    /** Who led before this server. */
    private String lastLed = "";

    private int ledSecondsAgo;

    /**
     * This server does not lead.
     *
     * @param leader address of who does; empty: nobody known
     */
    void follow(String leader) {
        candidate = "";
        steady = 0;
        pause = 0;
        ledSecondsAgo++;
        if (!leader.isEmpty()) {
            lastLed = leader;
            ledSecondsAgo = 0;
        }
    }

    /**
     * @param self the leader
     * @param others the other voters that are alive
     */
    Optional<ServerInfo> tick(ServerInfo self, List<ServerInfo> others) {
        pause = Math.max(0, pause - 1);
        ledSecondsAgo++;
        Optional<ServerInfo> best = others.stream()
                .filter(other -> other.getLeaderPriority() > self.getLeaderPriority() && isFit(self, other))
                .max(Comparator.comparingInt(ServerInfo::getLeaderPriority).thenComparing(ServerInfo::getRaftAddress));
        String address = best.map(ServerInfo::getRaftAddress).orElse("");
        steady = !address.isEmpty() && address.equals(candidate) ? steady + 1 : 1;
        candidate = address;
        boolean hasJustLost = address.equals(lastLed) && ledSecondsAgo < PAUSE_SECONDS;
        if (address.isEmpty() || steady < STEADY_SECONDS || pause > 0 || hasJustLost) {
            return Optional.empty();
        }
        pause = PAUSE_SECONDS;
        return best;
    }

    private static boolean isFit(ServerInfo self, ServerInfo other) {
        return !other.getSlowDisk() && !other.getLeaving() && self.getLastIndex() - other.getLastIndex() <= LAG_MAX;
    }
}
