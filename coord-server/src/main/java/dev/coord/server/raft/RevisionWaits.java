package dev.coord.server.raft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/** Who waits for this server to have applied a revision. Safe from any thread. */
final class RevisionWaits {

    private record Wait(long revision, CompletableFuture<Void> future) {}

    /** Guarded by this. */
    private final PriorityQueue<Wait> waits = new PriorityQueue<>(Comparator.comparingLong(Wait::revision));
    /** Guarded by this: the newest revision applied here. */
    private long applied;

    /** Completes, by the state machine's thread or at once, when the revision is readable here. */
    CompletableFuture<Void> await(long revision) {
        synchronized (this) {
            if (revision > applied) {
                Wait wait = new Wait(revision, new CompletableFuture<>());
                waits.add(wait);
                return wait.future;
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    void applied(long revision) {
        List<CompletableFuture<Void>> reached = List.of();
        synchronized (this) {
            applied = revision;
            if (!waits.isEmpty() && waits.element().revision <= revision) {
                reached = new ArrayList<>();
                while (!waits.isEmpty() && waits.element().revision <= revision) {
                    reached.add(waits.remove().future);
                }
            }
        }
        reached.forEach(future -> future.complete(null));
    }

    /** Forgets a wait that nobody is interested in any more. */
    synchronized void forget(CompletableFuture<Void> future) {
        waits.removeIf(wait -> wait.future == future);
    }
}
