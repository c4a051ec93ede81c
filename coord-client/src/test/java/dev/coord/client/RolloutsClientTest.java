package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.client.RolloutInfo.Phase;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rollouts as a Java program asks for them, where nobody else moves them on. */
class RolloutsClientTest {

    private static final RolloutPlan PLAN = RolloutPlan.of("hub-shape", "single")
            .inSteps(List.of(10, 100))
            .soaking(Duration.ofSeconds(90))
            .measuring(Duration.ofSeconds(5))
            .guardedBy(List.of("cpu=2x,95%"));

    private LocalCluster cluster;
    private CoordClient client;

    @BeforeEach
    void start() throws IOException {
        cluster = new LocalCluster(2);
        client = cluster.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        cluster.close();
    }

    @Test
    void oneIsBegunPausedResumedAndAbortedAndItsHistorySaysByWhom() {
        assertThat(client.rollouts().newest("hub-shape", ReadMode.LINEARIZABLE)).isEmpty();

        RolloutInfo started = client.rollouts().start(PLAN, "ann");

        assertThat(started.phase()).isEqualTo(Phase.BASELINE);
        assertThat(started.steps()).containsExactly(10, 100);
        assertThat(client.rollouts().newest("hub-shape", ReadMode.LINEARIZABLE)).contains(started);
        assertThat(client.rollouts().all(ReadMode.STALE)).containsExactly(started);
        assertThat(client.rollouts().pause("hub-shape", "bob").paused()).isTrue();
        assertThat(client.rollouts().resume("hub-shape", "bob").paused()).isFalse();
        RolloutInfo aborted = client.rollouts().abort("hub-shape", "bob");
        assertThat(aborted.phase()).isEqualTo(Phase.ABORTED);
        assertThat(aborted.events())
                .extracting(event -> event.kind() + " by " + event.author())
                .containsExactly("started by ann", "paused by bob", "resumed by bob", "aborted by bob");
    }

    @Test
    void whatCantBeIsRefusedWithTheReason() {
        RolloutInfo unused = client.rollouts().start(PLAN, "ann");

        assertThatThrownBy(() -> client.rollouts().lift("hub-shape", "bob"))
                .hasMessageContaining("is not held")
                .asInstanceOf(InstanceOfAssertFactories.type(CoordException.class))
                .extracting(CoordException::reason)
                .isEqualTo(CoordException.Reason.INVALID);
        assertThatThrownBy(() -> client.rollouts().start(PLAN.forService("web"), "ann"))
                .hasMessageContaining("is decided for servers, not for services");
    }
}
