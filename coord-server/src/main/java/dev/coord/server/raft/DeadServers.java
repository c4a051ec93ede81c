package dev.coord.server.raft;

import dev.coord.api.storage.v1.AutopilotConfig;
import dev.coord.server.command.Layout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Which server the leader takes out because it is dead: only where the cluster survives more without the dead ones than with
 * them, such as when another has come in their place. A server that is merely restarted in a cluster of three or five is
 * therefore never given up, however long that takes.
 *
 * <p>Of one thread, called once a second while this server leads.
 */
final class DeadServers {

    /** By Raft address: since when it has not answered, in nanoseconds. */
    private final Map<String, Long> silentSince = new HashMap<>();

    /** This server does not lead. */
    void reset() {
        silentSince.clear();
    }

    /**
     * @param layout the servers as they are
     * @param behind how many entries a server lacks, by Raft address
     * @param nowNanos of a clock that never goes back
     * @return the Raft address of one to take out
     */
    Optional<String> tick(AutopilotConfig config, Layout layout, ToLongFunction<String> behind, long nowNanos) {
        Set<String> silent = layout.places().stream()
                .filter(place -> !place.answers())
                .map(Layout.Place::address)
                .collect(Collectors.toSet());
        silentSince.keySet().retainAll(silent);
        silent.forEach(address -> silentSince.putIfAbsent(address, nowNanos));
        if (!config.getCleanupDeadServers()) {
            return Optional.empty();
        }
        long patienceNanos = config.getServerStabilizationTimeMs() * 1_000_000;
        Set<String> dead = silent.stream()
                .filter(address -> nowNanos - silentSince.get(address) >= patienceNanos)
                .collect(Collectors.toSet());
        Layout counted = withoutStragglers(layout, behind, config.getMaxTrailingLogs());
        Layout rest = new Layout(counted.places().stream()
                .filter(place -> !dead.contains(place.address()))
                .toList());
        boolean betterOff = rest.spare() > counted.spare() && rest.spare() >= 0;
        if (!betterOff || rest.voters() < config.getMinQuorum() || counted.spare() < 0) {
            return Optional.empty();
        }
        return counted.places().stream()
                .filter(place -> place.voter() && dead.contains(place.address()))
                .map(Layout.Place::address)
                .findFirst();
    }

    /** Who lacks too many entries does not count as one to fall back on. */
    private static Layout withoutStragglers(Layout layout, ToLongFunction<String> behind, long behindMax) {
        return new Layout(layout.places().stream()
                .map(place -> new Layout.Place(
                        place.name(),
                        place.address(),
                        place.zone(),
                        place.voter(),
                        place.answers() && behind.applyAsLong(place.address()) <= behindMax))
                .toList());
    }
}
