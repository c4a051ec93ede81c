package dev.coord.server.log;

import dev.coord.server.log.BuildOutcome.Result;
import dev.coord.server.log.BuildProgress.Purpose;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How many builds ended how. Safe from any thread. */
final class OutcomeCounts {

    private record Kind(Purpose purpose, Result result) {}

    private final Map<Kind, LongAdder> counts = new ConcurrentHashMap<>();

    void add(BuildOutcome outcome) {
        of(outcome.purpose(), outcome.result()).increment();
    }

    long get(Purpose purpose, Result result) {
        return of(purpose, result).sum();
    }

    private LongAdder of(Purpose purpose, Result result) {
        return counts.computeIfAbsent(new Kind(purpose, result), kind -> new LongAdder());
    }
}
