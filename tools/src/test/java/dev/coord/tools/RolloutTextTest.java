package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** What people are shown of a rollout that a guard took back. */
class RolloutTextTest {

    private static final String HELD = """
            {"Feature": "hub-shape", "Service": "", "To": "single", "Phase": "held", "Paused": false, "Percent": 10,
             "Steps": [10, 50, 100], "Since": "2026-01-01T00:03:00Z", "Author": "ann", "Reason": "commit-p99 of s2 is 90 ms",
             "WaitingFor": "", "Reach": {"Count": 1, "Of": 3, "Names": ["s3"]},
             "Guards": [{"Signal": "commit-p99", "Factor": 2.0, "Floor": 50.0, "Limit": 50.0},
                        {"Signal": "error-rate", "Factor": 2.0, "Floor": 1.0, "Limit": 1.0},
                        {"Signal": "sync-p99", "Factor": 3.0, "Floor": 100.0, "Limit": 100.0}],
             "BaselineFigures": [{"Signal": "commit-p99", "Value": 12.25}, {"Signal": "error-rate", "Value": 0.0}],
             "Events": [
               {"Time": "2026-01-01T00:00:00Z", "Kind": "started", "From": 0, "Percent": 0, "Author": "ann", "Reason": "to single",
                "Figures": []},
               {"Time": "2026-01-01T00:01:00Z", "Kind": "step", "From": 0, "Percent": 10, "Author": "rollout", "Reason": "known",
                "Figures": [{"Signal": "commit-p99", "Value": 12.25}, {"Signal": "error-rate", "Value": 0.0}]},
               {"Time": "2026-01-01T00:03:00Z", "Kind": "broken", "From": 50, "Percent": 10, "Author": "rollout",
                "Reason": "commit-p99 of s2 is 90 ms",
                "Figures": [{"Signal": "commit-p99", "Server": "s1", "Value": 14.0},
                            {"Signal": "commit-p99", "Server": "s2", "Value": 90.0},
                            {"Signal": "error-rate", "Server": "s2", "Value": 0.5}]}]}
            """;

    @Test
    void statusSaysWhereItIsWhoBeganItWhatMovedItLastAndWhatItIsJudgedBy() {
        JsonArray signals = new JsonArray("[{\"Server\":\"s1\",\"CommitP99Ms\":14.0,\"ErrorPercent\":0.0}]");

        assertThat(RolloutText.status(new JsonObject(HELD), signals).lines())
                .containsExactly(
                        "hub-shape to single: held, at 10% of 10, 50, 100 since 2026-01-01T00:03:00Z",
                        "  begun    by ann",
                        "  reason   commit-p99 of s2 is 90 ms",
                        "  reaches  1 of 3: s3",
                        "  last     2026-01-01T00:03:00Z  broken from 50% to 10% by rollout: commit-p99 of s2 is 90 ms",
                        "  commit-p99     baseline 12.3 ms, limit 50 ms; now s1 14 ms",
                        "  error-rate     baseline 0%, limit 1%; now s1 0%",
                        "  sync-p99       baseline -, limit 100 ms");
    }

    @Test
    void historySaysOfEachChangeWhoWhenFromWhereToWhereWhyAndByWhatFigures() {
        assertThat(RolloutText.history(new JsonArray().add(new JsonObject(HELD)))
                        .lines())
                .containsExactly(
                        "hub-shape to single",
                        "  2026-01-01T00:00:00Z  started at 0% by ann: to single",
                        "  2026-01-01T00:01:00Z  step from 0% to 10% by rollout: known",
                        "    commit-p99     baseline 12.3 ms, limit 50 ms",
                        "    error-rate     baseline 0%, limit 1%",
                        "    sync-p99       baseline -, limit 100 ms",
                        "  2026-01-01T00:03:00Z  broken from 50% to 10% by rollout: commit-p99 of s2 is 90 ms",
                        "    commit-p99     baseline 12.3 ms, limit 50 ms; was s1 14 ms, s2 90 ms",
                        "    error-rate     baseline 0%, limit 1%; was s2 0.5%",
                        "    sync-p99       baseline -, limit 100 ms");
    }

    @Test
    void aStepThatReachesNobodyIsSaidToProveNothing() {
        JsonObject nobody =
                new JsonObject(HELD).put("Reach", new JsonObject("{\"Count\": 0, \"Of\": 3, \"Names\": []}"));

        assertThat(RolloutText.status(nobody, new JsonArray())).contains("reaches  0 of 3: it proves nothing");
    }

    @Test
    void beforeTheFirstStepNoLimitIsMadeUp() {
        JsonObject measuring = new JsonObject(HELD)
                .put("Phase", "baseline")
                .put("BaselineFigures", new JsonArray())
                .put("Guards", new JsonArray("[{\"Signal\":\"cpu\",\"Factor\":1.5,\"Floor\":90.0}]"));

        assertThat(RolloutText.status(measuring, new JsonArray())).contains("cpu            baseline -, limit -");
    }
}
