package dev.coord.server.watch;

import dev.coord.streaming.Subject;

/**
 * What the server tells its clients of how to watch: subject by subject, changed while they watch. Polls and blocking queries
 * learn it with their answers; open streams are told, a bounded number at a time. A client that obeys goes over from the
 * revision that it has reached, so nothing is lost or repeated, and goes back to its own way once the answer is {@link
 * WatchMeans#ANY}.
 *
 * <p>Safe from any thread. Without a policy the answer is {@link WatchMeans#ANY}.
 */
public final class WatchSteering {

    /** Answers at once, from memory: it is asked for each answer to a poll. Safe from any thread. */
    @FunctionalInterface
    public interface Policy {
        /**
         * @param subject one of {@link Topics}; of a service's instances topic {@link Topics#SERVICE} and the service's name
         *     in lower case as the key
         * @param client whose watch it is: an address, or the agent that hands it on
         */
        WatchMeans meansFor(Subject subject, String client);
    }

    private record Epoch(int number, Policy policy) {}

    private volatile Epoch epoch = new Epoch(0, (subject, client) -> WatchMeans.ANY);

    /** From now on this policy counts. Call it again, with the same one if need be, whenever its answers may differ. */
    public synchronized void steerBy(Policy policy) {
        epoch = new Epoch(epoch.number() + 1, policy);
    }

    /** @param client whose watch it is: an address, or the agent that hands it on */
    public WatchMeans meansFor(Subject subject, String client) {
        return epoch.policy().meansFor(subject, client);
    }

    /** Differs when answers may. */
    public int epoch() {
        return epoch.number();
    }
}
