package dev.coord.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureFlags;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.flags.GradualFlag;
import dev.coord.server.watch.Topics;
import dev.coord.server.watch.WatchMeans;
import dev.coord.server.watch.WatchSteering;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubShape;
import dev.coord.streaming.HubSwitch;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How the flag {@code streaming} reaches those who watch. */
class FeatureSwitchesTest {

    private static final int CLIENTS = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HubSwitch hub =
            new HubSwitch(HubShape.SHARDED, HubOptions.defaults().withShards(1));
    private final LocalConsensus consensus = new LocalConsensus(System::currentTimeMillis, hub);
    private final FlagWrites writes = new FlagWrites(consensus, consensus);
    private final FeatureFlags features = new FeatureFlags(consensus, hub, Map.of("node", "n1"));
    private final WatchSteering steering = new WatchSteering();
    private final FeatureSwitches switches = new FeatureSwitches(features, steering, hub, HubShape.SHARDED);
    /** How often the flag was carried out. */
    private final AtomicInteger applied = new AtomicInteger();

    @BeforeEach
    void start() {
        features.addListener(switches::apply);
        features.addListener(applied::incrementAndGet);
        features.start();
    }

    @AfterEach
    void close() {
        features.close();
        switches.close();
        writes.close();
        hub.close();
    }

    private void pollFor(String service, int percent) {
        int before = applied.get();
        String flag = GradualFlag.definition(null, Feature.STREAMING, null, "false", service, percent);
        writes.putFlag(Feature.SET, Feature.STREAMING.flag(), flag, null, "ann").join();
        await().atMost(PATIENCE).until(() -> applied.get() > before);
    }

    /** Those clients of a service that are told to poll. */
    private Set<String> polling(String service) {
        return IntStream.range(0, CLIENTS)
                .mapToObj(number -> "10.0." + number / 250 + "." + number % 250)
                .filter(client -> steering.meansFor(Topics.service(service), client) == WatchMeans.POLL)
                .collect(Collectors.toSet());
    }

    @Test
    void a_percentage_of_a_service_is_of_its_clients_and_whoever_is_within_one_is_within_every_higher_one() {
        pollFor("web", 10);
        Set<String> ten = polling("Web");
        assertThat(ten).hasSizeBetween(60, 140);
        assertThat(polling("web")).as("asked again, in whatever case").isEqualTo(ten);
        assertThat(polling("db")).as("of another service").isEmpty();

        pollFor("web", 50);
        Set<String> fifty = polling("web");
        assertThat(fifty).hasSizeBetween(430, 570).containsAll(ten);

        pollFor("web", 100);
        assertThat(polling("web")).hasSize(CLIENTS);
        assertThat(polling("db")).isEmpty();
    }
}
