package dev.coord.tools;

/**
 * What {@code coord lock} takes: kept as Consul's clients keep it, so that they exclude each other. One thread acquires, waits
 * and releases; a shutdown hook may release instead.
 */
interface DistributedLock {

    /**
     * Waits until it is held.
     *
     * @return false: the time is over
     * @throws dev.coord.server.StartupException when the server refuses, or what stands at its place is no such lock
     */
    boolean acquire(Deadline deadline) throws InterruptedException;

    /** Blocks while it is held; looks on when the server can't answer, as often as was asked for. */
    void awaitLoss() throws InterruptedException;

    /** Gives it up. */
    void release();

    /** Removes what it leaves in the store, unless others use it. */
    void cleanUp();
}
