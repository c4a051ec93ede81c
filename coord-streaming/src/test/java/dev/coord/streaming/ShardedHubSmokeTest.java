package dev.coord.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ShardedHubSmokeTest {

    @Test
    void aSubscriberGetsWhatIsPublishedUnderItsKeyAndPrefix() throws InterruptedException {
        try (Hub hub = new ShardedHub(HubOptions.defaults())) {
            hub.publish(10, List.of());
            Semaphore ready = new Semaphore(0);
            try (Subscription exact = hub.subscribe(Subject.exact("kv", "a/b"), 10, ready::release);
                    Subscription prefix = hub.subscribe(Subject.prefix("kv", "a/"), 10, ready::release)) {
                while (exact.poll() instanceof Reset) {
                    exact.resumeAfter(10);
                }
                while (prefix.poll() instanceof Reset) {
                    prefix.resumeAfter(10);
                }
                Semaphore woken = new Semaphore(0);
                hub.await(Subject.exact("kv", "a/b"), 10, woken::release);
                hub.publish(11, List.of(new Publication("kv", "a/b", "x", 1)));
                hub.publish(12, List.of(new Publication("kv", "a/c", "y", 1), new Publication("kv", "a/d", "z", 1)));
                assertThat(ready.tryAcquire(2, 5, TimeUnit.SECONDS)).isTrue();
                assertThat(woken.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
                assertThat(exact.poll()).isInstanceOfSatisfying(Event.class, e -> assertThat(e.revision())
                        .isEqualTo(11));
                assertThat(prefix.poll()).isInstanceOfSatisfying(Event.class, e -> assertThat(e.changes())
                        .containsExactly("x"));
            }
        }
    }
}
