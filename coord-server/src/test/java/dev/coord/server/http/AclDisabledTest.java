package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.acl.AclSettings;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without ACLs: nobody is asked, and there is nothing to speak of. */
class AclDisabledTest {

    @RegisterExtension
    final ApiServer api = new ApiServer(
            AccessControl.OFF,
            AclEndpoints.all(
                    AclFixture.own(AclSettings.OFF),
                    Path.of("unused"),
                    () -> UUID.randomUUID().toString(),
                    System::currentTimeMillis));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tokens",
                "policies",
                "roles",
                "token/self",
                "list",
                "info/x",
                "replication",
                "auth-methods",
                "policy/x"
            })
    void thePathsAboutAclsSayThatThereAreNone(String path) {
        HttpResponse<String> response = api.get("/v1/acl/" + path);

        assertThat(response.body()).isEqualTo("ACL support disabled");
        assertThat(response.statusCode()).isEqualTo(401);
    }

    @Test
    void aTokenIsOfNoConcern() {
        assertThat(api.put("/v1/acl/bootstrap", "").statusCode()).isEqualTo(401);
        assertThat(api.put("/v1/kv/k?token=nobody", "v").statusCode()).isEqualTo(200);
        assertThat(api.get("/v1/kv/k?token=nobody").statusCode()).isEqualTo(200);
    }
}
