package dev.coord.server.http;

import dev.coord.server.acl.OwnTokenStore;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What answers under {@code /v1/acl/}, and the tokens of this server. */
public final class AclEndpoints {

    private AclEndpoints() {}

    /**
     * All families, for {@link HttpApi}.
     *
     * @param dataDir where {@code acl-bootstrap-reset} is looked for
     * @param newIds gives a fresh UUID at each call, on any thread
     * @param wallMillis the system's time
     */
    public static List<EndpointFamily> all(
            OwnTokenStore tokens, Path dataDir, Supplier<String> newIds, LongSupplier wallMillis) {
        return List.of(
                new AclTokenEndpoint(tokens, newIds, wallMillis),
                new AclPolicyEndpoint(newIds),
                new AclRoleEndpoint(newIds),
                new AclLegacyEndpoint(newIds),
                new AclEndpoint(newIds, wallMillis, dataDir.resolve("acl-bootstrap-reset")),
                new AgentTokenEndpoint(tokens));
    }
}
