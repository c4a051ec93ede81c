package dev.coord.server.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.server.LocalConsensus;
import dev.coord.server.command.ConsensusException;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator says of one server counts there, whatever the cluster has agreed on, and without a leader. */
class FlagOverrideTest {

    private static final String OFF = "{\"state\":\"ENABLED\",\"variants\":{\"off\":false},\"defaultVariant\":\"off\"}";
    private static final String ON = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true},\"defaultVariant\":\"on\"}";

    @TempDir
    private Path directory;

    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));
    private final LocalConsensus consensus = new LocalConsensus(() -> 1_000_000, hub);
    private final FlagWrites writes = new FlagWrites(consensus, consensus);
    private Path file;
    private FlagOverride override;
    private FeatureFlags features;

    @BeforeEach
    void start() {
        file = directory.resolve(FlagOverride.FILE);
        override = new FlagOverride(file);
        features = new FeatureFlags(consensus, hub, Map.of("node", "node-1", "datacenter", "dc1"), override);
        features.start();
    }

    @AfterEach
    void close() {
        features.close();
        writes.close();
        hub.close();
    }

    private void awaitSharing(boolean on) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(features.isOn(Feature.ANSWER_SHARING))
                .isEqualTo(on));
    }

    @Test
    void itWinsOverWhatIsReplicatedUntilItIsCleared() throws IOException {
        override.set(Feature.ANSWER_SHARING, OFF);
        awaitSharing(false);
        writes.putFlag(Feature.SET, "answer-sharing", ON, null, "ann").join();
        assertThat(override.list()).containsOnlyKeys("answer-sharing");
        awaitSharing(false);

        override.clear(Feature.ANSWER_SHARING);

        awaitSharing(true);
        assertThat(file).doesNotExist();
    }

    @Test
    void aFileWrittenByHandCountsAndOneThatIsGoneDoesNot() throws IOException {
        Files.writeString(file, "{\"flags\":{\"answer-sharing\":" + OFF + "}}");
        awaitSharing(false);

        Files.delete(file);

        awaitSharing(true);
    }

    @Test
    void aFileThatCanNotBeReadChangesNothing() throws IOException {
        override.set(Feature.ANSWER_SHARING, OFF);
        awaitSharing(false);

        Files.writeString(file, "{\"flags\":{\"answer-sharing\":");

        assertThat(override.list()).containsOnlyKeys("answer-sharing");
        assertThat(features.isOn(Feature.ANSWER_SHARING)).isFalse();
    }

    @Test
    void whatIsNoDefinitionIsRefusedAndChangesNothing() {
        assertThatThrownBy(() -> override.set(Feature.ANSWER_SHARING, "{}")).isInstanceOf(ConsensusException.class);
        assertThat(override.list()).isEmpty();
        assertThat(file).doesNotExist();
    }
}
