package dev.coord.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a publisher pays, whoever watches. */
class PublishCostTest {

    private static final int REVISIONS = 20_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Bytes that this thread allocates for each revision. */
    private static long allocatedEach(Hub hub, long from) {
        List<Publication> publications = List.of(new Publication("kv", "app/key", "change", 100));
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < REVISIONS; i++) {
            hub.publish(from + i, publications);
        }
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / REVISIONS;
    }

    @Test
    void aChangeThatNobodyWatchesAllocatesNextToNothing() {
        try (Hub hub = new HubSwitch(HubShape.SHARDED, HubOptions.defaults())) {
            hub.subscribe(Subject.exact("kv", "another"), 1, () -> {});
            assertThat(allocatedEach(hub, 2)).isLessThan(64);
        }
    }

    @Test
    void aChangeAllocatesOneEventHoweverManyWatchIt() {
        try (Hub hub = new HubSwitch(HubShape.SHARDED, HubOptions.defaults())) {
            Subject subject = Subject.exact("kv", "app/key");
            for (int i = 0; i < 1_000; i++) {
                hub.subscribe(subject, 1, () -> {});
            }
            assertThat(allocatedEach(hub, 2)).isLessThan(400);
        }
    }
}
