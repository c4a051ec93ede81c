package dev.coord.server.acl;

import dev.coord.server.acl.OwnTokenStore.Kind;
import dev.coord.server.command.SecretDigest;
import java.util.List;

/** The token that opens one agent's own paths, whatever has become of the cluster. Safe from any thread. */
final class AgentMaster {

    /** In place of an accessor id. */
    static final String NAME = "agent-master";

    private final OwnTokenStore own;
    private final Authorizer authorizer;

    /** @param node name of this agent's node */
    AgentMaster(OwnTokenStore own, String node, boolean listKeysByRule) {
        this.own = own;
        this.authorizer = new Authorizer(
                List.of(NAME),
                false,
                listKeysByRule,
                List.of(
                        new Rule(Resource.AGENT, node, false, Permission.WRITE),
                        new Rule(Resource.NODE, "", true, Permission.READ)));
    }

    boolean is(SecretDigest digest) {
        String secret = own.get(Kind.AGENT_MASTER);
        return !secret.isEmpty() && SecretDigest.of(secret).equals(digest);
    }

    Authorizer authorizer() {
        return authorizer;
    }
}
