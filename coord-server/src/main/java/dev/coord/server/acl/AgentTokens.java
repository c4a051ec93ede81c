package dev.coord.server.acl;

import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.ForwardedTokens;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.StateReader;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** On a server: tells agents what tokens stand for, and judges what they bring by their own. Safe from any thread. */
public final class AgentTokens implements ForwardedTokens.Handler {

    private final AclSettings settings;
    private final AccessControl access;
    private final StateReader states;

    public AgentTokens(AclSettings settings, AccessControl access, StateReader states) {
        this.settings = settings;
        this.access = access;
        this.states = states;
    }

    /** What this server has of a token is told at once; only that there is none takes the newest state. */
    @Override
    public CompletableFuture<TokenReply> records(TokenCall call) {
        if (!settings.enabled()) {
            return CompletableFuture.completedFuture(
                    error("ACLs are off on this server: set acl.enabled there, or remove it" + " from the agent"));
        }
        SecretDigest digest;
        try {
            digest = SecretDigest.ofBytes(call.getSecretDigest().toByteArray());
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture(error(String.valueOf(e.getMessage())));
        }
        AclTables tables = states.latest().acl();
        return tables.tokenOf(digest) != null
                ? CompletableFuture.completedFuture(reply(tables, digest))
                : states.linearizable()
                        .thenApply(state -> reply(state.acl(), digest))
                        .exceptionally(failure -> error(RemoteTokenAccess.reason(failure)));
    }

    private TokenReply reply(AclTables tables, SecretDigest digest) {
        TokenReply.Builder reply = TokenReply.newBuilder()
                .setAllowByDefault(settings.allowByDefault())
                .setListKeysByRule(settings.listKeysByRule());
        TokenEntry token = tables.tokenOf(digest);
        if (token != null) {
            reply.addAllRecords(tables.recordsOf(token));
        }
        return reply.build();
    }

    private static TokenReply error(String why) {
        return TokenReply.newBuilder().setError(why).build();
    }

    /**
     * An agent's token must allow to write the agent's node. What its services and checks take was asked on the agent, of the
     * token that registered them.
     */
    @Override
    public @Nullable String refusal(Command command, String secret) {
        String node = nodeOf(command);
        if (!access.enabled()) {
            return null;
        }
        if (node == null) {
            return "Permission denied: an agent brings no " + command.getClass().getSimpleName() + " by itself";
        }
        try {
            access.authorizer(states.latest(), secret).requireWrite(Resource.NODE, node);
            return null;
        } catch (AccessException refused) {
            return refused.getMessage() + " (of the agent's own token, which must have write access to node " + node
                    + ": see acl.tokens.agent)";
        }
    }

    private static @Nullable String nodeOf(Command command) {
        if (command instanceof Command.Register register) {
            return register.node().name();
        }
        if (command instanceof Command.Deregister deregister) {
            return deregister.node();
        }
        return command instanceof Command.UpdateCheck update ? update.node() : null;
    }
}
