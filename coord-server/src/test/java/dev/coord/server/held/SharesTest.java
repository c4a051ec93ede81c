package dev.coord.server.held;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class SharesTest {

    private static final int CHECKS = 3_000;

    private static Map<Integer, String> runners(String... servers) {
        Shares shares = Shares.of(List.of(servers));
        Map<Integer, String> runners = new HashMap<>();
        for (int i = 0; i < CHECKS; i++) {
            runners.put(i, Objects.requireNonNull(shares.runner("node-" + i, "service:web")));
        }
        return runners;
    }

    @Test
    void every_server_gets_about_as_many() {
        Map<Integer, String> runners = runners("s1", "s2", "s3");

        for (String server : List.of("s1", "s2", "s3")) {
            assertThat(runners.values().stream().filter(server::equals).count())
                    .as(server)
                    .isBetween(CHECKS / 3 - CHECKS / 15L, CHECKS / 3 + CHECKS / 15L);
        }
    }

    @Test
    void a_server_that_goes_moves_its_own_checks_alone() {
        Map<Integer, String> before = runners("s1", "s2", "s3");
        Map<Integer, String> after = runners("s1", "s3");

        before.forEach((check, runner) -> {
            if (!runner.equals("s2")) {
                assertThat(after.get(check)).isEqualTo(runner);
            }
        });
        assertThat(after.values()).doesNotContain("s2");
    }

    @Test
    void neither_the_order_of_servers_nor_the_case_of_names_matters() {
        assertThat(runners("s3", "s1", "s2")).isEqualTo(runners("s1", "s2", "s3"));
        assertThat(Shares.of(List.of("a", "b", "c")).runner("Node", "Check"))
                .isEqualTo(Shares.of(List.of("a", "b", "c")).runner("node", "check"));
    }

    @Test
    void nobody_runs_what_no_live_server_can() {
        assertThat(Shares.of(List.of()).runner("node", "check")).isNull();
    }
}
