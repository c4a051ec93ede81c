package dev.coord.client;

import dev.coord.api.v1.Check;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.RegisterRequest;
import java.util.List;
import java.util.Locale;

/** The words in which an instance is registered whose checks the cluster runs. */
final class HeldRegistration {

    /** Metadata by which a node's checks are the cluster's. */
    private static final String META_KEY = "coord-checks";

    private static final String META_VALUE = "cluster";

    private HeldRegistration() {}

    static RegisterRequest request(
            ServiceRegistration what, String node, String nodeAddress, List<ClusterCheck> checks) {
        if (checks.isEmpty()) {
            throw new IllegalArgumentException("'" + what.id() + "' needs a check that the cluster can run");
        }
        RegisterRequest.Builder request = RegisterRequest.newBuilder()
                .setNode(Node.newBuilder().setName(node).setAddress(nodeAddress).putMeta(META_KEY, META_VALUE))
                .setService(what.message(node));
        for (int i = 0; i < checks.size(); i++) {
            ClusterCheck check = checks.get(i);
            request.addChecks(Check.newBuilder()
                    .setNode(node)
                    .setId(i == 0 ? "service:" + what.id() : "service:" + what.id() + ":" + (i + 1))
                    .setName(check.kind() + " " + check.target())
                    .setStatus(what.health().message())
                    .setServiceId(what.id())
                    .setType(check.kind().name().toLowerCase(Locale.ROOT))
                    .setDefinition(check.definition(what.deregisterAfter())));
        }
        return request.build();
    }
}
