package dev.coord.server.flags;

import static dev.coord.server.flags.FlagDocumentTest.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.Command;
import dev.coord.server.command.FlagAction;
import dev.coord.server.flags.FeatureReport.Standing;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The servers follow their own flags, and fall back to what is safe. */
class FeatureFlagsTest {

    private static final String SWITCH = "'state':'ENABLED','variants':{'on':true,'off':false}";

    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));
    private final LocalConsensus consensus = new LocalConsensus(() -> 1_000_000, hub);
    private final FlagWrites writes = new FlagWrites(consensus, consensus);
    private final FeatureFlags features =
            new FeatureFlags(consensus, hub, Map.of("node", "node-1", "datacenter", "dc1", "zone", "a"));

    @BeforeEach
    void start() {
        features.start();
    }

    @AfterEach
    void close() {
        features.close();
        writes.close();
        hub.close();
    }

    private void put(Feature feature, String members) {
        writes.putFlag(Feature.SET, feature.flag(), json("{" + members + "}"), null, "ann")
                .join();
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable holds) {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(holds);
    }

    @Test
    void withoutAFlagAFeatureIsAsItWasBuilt() {
        for (Feature feature : Feature.values()) {
            assertThat(features.choice(feature)).isEqualTo(feature.unset());
        }
        assertThat(features.isOn(Feature.STREAMING, "web", "")).isTrue();
        assertThat(features.isOn(Feature.LEASE_READS)).isFalse();
    }

    @Test
    void aChangeIsFollowedAndListenersAreTold() {
        AtomicInteger told = new AtomicInteger();
        features.addListener(told::incrementAndGet);
        put(Feature.LEASE_READS, SWITCH + ",'defaultVariant':'on'");
        eventually(() -> assertThat(features.isOn(Feature.LEASE_READS)).isTrue());
        assertThat(told).hasPositiveValue();
        writes.undo(Feature.SET, null, "ann").join();
        eventually(() -> assertThat(features.isOn(Feature.LEASE_READS)).isFalse());
    }

    @Test
    void aRuleDecidesForEachServiceByItself() {
        put(
                Feature.STREAMING,
                SWITCH + ",'defaultVariant':'on','targeting':{'if':[{'==':[{'var':'service'},'router']},'off']}");
        eventually(
                () -> assertThat(features.isOn(Feature.STREAMING, "router", "")).isFalse());
        assertThat(features.isOn(Feature.STREAMING, "web", "10.0.0.1")).isTrue();
        assertThat(features.isOn(Feature.STREAMING, "web", "10.0.0.1")).isTrue();
    }

    @Test
    void aRuleMayGoByTheClientAndByTheServersZone() {
        put(
                Feature.STREAMING,
                SWITCH + ",'defaultVariant':'on','targeting':{'if':[{'and':[{'==':[{'var':'client'},'10.0.0.1']},"
                        + "{'==':[{'var':'zone'},'a']}]},'off','on']}");
        eventually(() ->
                assertThat(features.isOn(Feature.STREAMING, "web", "10.0.0.1")).isFalse());
        assertThat(features.isOn(Feature.STREAMING, "web", "10.0.0.2")).isTrue();
    }

    @Test
    void aFlagThatIsDisabledOrFailsMeansTheSafeChoice() {
        put(Feature.STREAMING, SWITCH.replace("ENABLED", "DISABLED") + ",'defaultVariant':'on'");
        eventually(() -> assertThat(features.isOn(Feature.STREAMING, "web", "")).isFalse());
        put(Feature.STREAMING, SWITCH);
        eventually(() -> assertThat(report(Feature.STREAMING).standing()).isNotEqualTo(Standing.DISABLED));
        assertThat(features.isOn(Feature.STREAMING, "web", "")).isFalse();
        put(Feature.ANSWER_SHARING, SWITCH + ",'targeting':{'cat':[{'var':'nobody.sets.this'}]}");
        eventually(() -> assertThat(features.isOn(Feature.ANSWER_SHARING)).isFalse());
        assertThat(report(Feature.ANSWER_SHARING).standing()).isEqualTo(Standing.BROKEN);
        assertThat(report(Feature.ANSWER_SHARING).problem()).contains("targeting of flag \"answer-sharing\" fails");
    }

    @Test
    void aLogThatAFlagCannotDecideOnIsNeitherMovedNorCompacted() {
        String backends = "'state':'ENABLED','variants':{'k':'kept','l':'lmdb'}";
        put(Feature.LOG_BACKEND, backends + ",'defaultVariant':'l'");
        put(Feature.ONLINE_COMPACTION, SWITCH + ",'defaultVariant':'on'");
        eventually(() -> assertThat(features.choice(Feature.LOG_BACKEND)).isEqualTo("lmdb"));
        eventually(() -> assertThat(features.isOn(Feature.ONLINE_COMPACTION)).isTrue());
        String fails = ",'targeting':{'cat':[{'var':'nobody.sets.this'}]}";
        put(Feature.LOG_BACKEND, backends + ",'defaultVariant':'l'" + fails);
        put(Feature.ONLINE_COMPACTION, SWITCH + ",'defaultVariant':'on'" + fails);
        eventually(() -> assertThat(features.choice(Feature.LOG_BACKEND)).isEqualTo("kept"));
        eventually(() -> assertThat(features.isOn(Feature.ONLINE_COMPACTION)).isFalse());
    }

    @Test
    void aDefinitionThatThisBuildCannotReadMeansTheSafeChoice() {
        consensus.apply(new Command.ChangeFlags(
                Feature.SET,
                List.of(new Command.ChangeFlags.Definition("streaming", "{\"from\":\"the future\"}")),
                List.of(),
                false,
                0,
                "a later build",
                FlagAction.PUT));
        eventually(() -> assertThat(features.isOn(Feature.STREAMING, "web", "")).isFalse());
        assertThat(features.choice(Feature.HUB_SHAPE)).isEqualTo("configured");
    }

    @Test
    void theReportSaysWhoIsReached() {
        for (String service : List.of("router", "web")) {
            consensus.apply(new Command.Register(
                    new dev.coord.server.command.CatalogEntries.NodeEntry(
                            "", "n1", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                    new dev.coord.server.command.CatalogEntries.ServiceEntry(
                            "n1", service, service, List.of(), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0),
                    List.of(),
                    false));
        }
        put(
                Feature.STREAMING,
                SWITCH + ",'defaultVariant':'on','targeting':{'if':[{'==':[{'var':'service'},'router']},'off']}");
        FeatureReport report = report(Feature.STREAMING);
        assertThat(report.standing()).isEqualTo(Standing.BY_RULE);
        assertThat(report.reach())
                .containsExactly(
                        new FeatureReport.Group("false", 1, List.of("router")),
                        new FeatureReport.Group("true", 1, List.of("web")));
        assertThat(report(Feature.HUB_SHAPE).standing()).isEqualTo(Standing.UNSET);
        assertThat(report(Feature.HUB_SHAPE).reach())
                .containsExactly(new FeatureReport.Group("configured", 1, List.of("node-1")));
    }

    private FeatureReport report(Feature feature) {
        return FeatureReport.all(consensus.latest(), consensus).stream()
                .filter(report -> report.feature() == feature)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void otherWritesDoNotMakeItLook() {
        AtomicInteger told = new AtomicInteger();
        features.addListener(told::incrementAndGet);
        consensus.apply(new Command.KvPut("a", ByteString.EMPTY, 0, null, null, null));
        writes.putSet("web", "{\"flags\":{}}", null, "ann").join();
        put(Feature.LEASE_READS, SWITCH + ",'defaultVariant':'on'");
        eventually(() -> assertThat(features.isOn(Feature.LEASE_READS)).isTrue());
        assertThat(told).hasValue(1);
    }
}
