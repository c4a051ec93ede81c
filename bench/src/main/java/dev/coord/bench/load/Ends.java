package dev.coord.bench.load;

/** How what a scenario started ends. */
final class Ends {

    private Ends() {}

    /** Waits for a thread that was told to end; a caller that is interrupted stays so, and waits no longer. */
    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
