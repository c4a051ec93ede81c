package dev.coord.server.history;

import org.jspecify.annotations.Nullable;

/**
 * One thing that one client asked for. Times are of one clock that never goes back.
 *
 * @param client who asked
 * @param key the part of the store that it concerns; operations of different keys are judged apart
 * @param answer null: none came, so it may have happened at any time after the call, or never
 * @param returnNanos when the answer came; of no meaning without one
 */
public record Operation<A, R>(
        String client, String key, A asked, @Nullable R answer, long callNanos, long returnNanos) {

    /** True when it is known to have happened before the return. */
    boolean isComplete() {
        return answer != null;
    }
}
