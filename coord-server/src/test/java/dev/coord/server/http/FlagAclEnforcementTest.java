package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.acl.AclFixture;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may read and write flags over HTTP, with everything denied by default. */
class FlagAclEnforcementTest {

    private static final String FLAG = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true},\"defaultVariant\":\"on\"}";

    private AgentApi api;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        api = new AgentApi(directory, AclFixture.access(AclFixture.DENY, "n1"));
        AclFixture.bootstrap(api.consensus());
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private HttpResponse<String> as(String token, String method, String path, String body) {
        return api.send(method, path, body, token).join();
    }

    private int status(String token, String method, String path) {
        return as(token, method, path, FLAG).statusCode();
    }

    private String token(String rules) {
        return AclFixture.token(api.consensus(), rules);
    }

    @Test
    void aRuleForOneSetOpensThatSetAlone() {
        String writer = token("flag \"shop\" { policy = \"write\" }");
        String reader = token("flag \"shop\" { policy = \"read\" }");
        assertThat(status(writer, "PUT", "/v1/flags/shop/a")).isEqualTo(200);
        assertThat(status(writer, "GET", "/v1/flags/shop/a")).isEqualTo(200);
        assertThat(status(writer, "PUT", "/v1/flags/shop-2/a")).isEqualTo(403);
        assertThat(status(reader, "GET", "/v1/flags/shop")).isEqualTo(200);
        assertThat(status(reader, "PUT", "/v1/flags/shop/b")).isEqualTo(403);
        assertThat(status(reader, "DELETE", "/v1/flags/shop/a")).isEqualTo(403);
        assertThat(status(reader, "PUT", "/v1/flags/shop?undo")).isEqualTo(403);
        assertThat(status(reader, "POST", "/v1/flags/shop/a")).isEqualTo(200);
        assertThat(status("", "GET", "/v1/flags/shop")).isEqualTo(403);
        assertThat(status("", "POST", "/v1/flags/shop/a")).isEqualTo(403);
    }

    @Test
    void aRuleForAPrefixOpensAllThatBeginWithItAndAnExactOneCountsMore() {
        String team =
                token("flag_prefix \"team-\" { policy = \"write\" }\nflag \"team-billing\" { policy = \"deny\" }");
        assertThat(status(team, "PUT", "/v1/flags/team-a/x")).isEqualTo(200);
        assertThat(status(team, "PUT", "/v1/flags/team-billing/x")).isEqualTo(403);
        assertThat(status(team, "GET", "/v1/flags/team-billing")).isEqualTo(403);
        assertThat(status(team, "GET", "/v1/flags/teams")).isEqualTo(403);
        assertThat(status(AclFixture.MANAGEMENT, "PUT", "/v1/flags/teams/x")).isEqualTo(200);
        assertThat(as(team, "GET", "/v1/flags", "").body()).contains("team-a").doesNotContain("teams");
    }

    @Test
    void theServersOwnSetTakesTheOperatorsRightBesides() {
        String flags = token("flag \"coord\" { policy = \"write\" }");
        String operator = token("flag \"coord\" { policy = \"write\" }\noperator = \"write\"");
        String definition =
                "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"on\"}";
        assertThat(as(flags, "PUT", "/v1/flags/coord/lease-reads", definition).statusCode())
                .isEqualTo(403);
        assertThat(as(operator, "PUT", "/v1/flags/coord/lease-reads", definition)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aRolloutIsReadWithTheFlagsAndMovedByOperatorsAlone() {
        String none = token("flag \"shop\" { policy = \"write\" }");
        String reader = token("flag \"coord\" { policy = \"read\" }");
        String flags = token("flag \"coord\" { policy = \"write\" }");
        String operator = token("flag \"coord\" { policy = \"write\" }\noperator = \"write\"");
        String plan = "{\"To\":\"single\"}";
        for (String path : List.of("/v1/rollouts", "/v1/rollouts/signals", "/v1/rollouts/hub-shape")) {
            assertThat(status("", "GET", path)).as(path).isEqualTo(403);
            assertThat(status(none, "GET", path)).as(path).isEqualTo(403);
            assertThat(status(reader, "GET", path)).as(path).isNotEqualTo(403);
        }
        for (String token : List.of("", none, reader, flags)) {
            assertThat(as(token, "PUT", "/v1/rollouts/hub-shape", plan).statusCode())
                    .isEqualTo(403);
        }
        assertThat(api.consensus().latest().rollouts()).isEmpty();
        assertThat(as(operator, "PUT", "/v1/rollouts/hub-shape", plan).statusCode())
                .isEqualTo(200);
        for (String action : List.of("pause", "resume", "lift", "abort")) {
            assertThat(as(flags, "PUT", "/v1/rollouts/hub-shape/" + action, "").statusCode())
                    .as(action)
                    .isEqualTo(403);
        }
        assertThat(as(operator, "PUT", "/v1/rollouts/hub-shape/abort", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void theHistoryNamesTheTokenWhateverTheWriterCallsItself() {
        String writer = token("flag \"shop\" { policy = \"write\" }");
        String accessor = api.consensus()
                .latest()
                .acl()
                .tokenOf(dev.coord.server.command.SecretDigest.of(writer))
                .accessorId();
        assertThat(status(writer, "PUT", "/v1/flags/shop/a?author=root")).isEqualTo(200);
        assertThat(status(writer, "PUT", "/v1/flags/shop/b")).isEqualTo(200);
        assertThat(as(writer, "GET", "/v1/flags/shop?history", "").body())
                .contains("\"root (token " + accessor + ")\"", "\"token " + accessor + "\"")
                .doesNotContain(writer);
    }
}
