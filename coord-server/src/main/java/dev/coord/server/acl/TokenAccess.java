package dev.coord.server.acl;

import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.State;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the authorizer of a token in the replicated state, and remembers it for as long as no token, policy or role changes.
 *
 * <p>A secret is looked up by its digest, never compared with others. At most {@link #REMEMBERED_MAX} authorizers are
 * remembered; beyond, all are forgotten and made again. What is not there is not remembered, so that guessing costs memory to
 * nobody.
 */
public final class TokenAccess implements AccessControl {

    /** How many tokens' authorizers are remembered. */
    static final int REMEMBERED_MAX = 10_000;

    private final AclSettings settings;
    private final OwnTokenStore own;
    private final LongSupplier clockMillis;
    private final Authorizers authorizers;
    private final AgentMaster agentMaster;
    private final Known ofAgentMaster;

    /** Replaced whole; read and written by any thread. */
    private volatile Memory memory = new Memory(State.empty().acl(), new ConcurrentHashMap<>());

    /** What the tables say of some secrets. */
    private record Memory(AclTables tables, Map<SecretDigest, Known> known) {}

    /** @param token null: of this server's own, which is in no table */
    private record Known(Authorizer authorizer, @Nullable TokenEntry token) {
        String accessor() {
            return token == null ? AgentMaster.NAME : token.accessorId();
        }
    }

    /**
     * @param node name of this server's node
     * @param clockMillis the system's time, for tokens that expire
     */
    public TokenAccess(
            AclSettings settings, OwnTokenStore own, String datacenter, String node, LongSupplier clockMillis) {
        this.settings = settings;
        this.own = own;
        this.clockMillis = clockMillis;
        this.authorizers = new Authorizers(
                new Authorizers.Defaults(settings.allowByDefault(), settings.listKeysByRule()), datacenter);
        this.agentMaster = new AgentMaster(own, node, settings.listKeysByRule());
        this.ofAgentMaster = new Known(agentMaster.authorizer(), null);
    }

    @Override
    public boolean enabled() {
        return settings.enabled();
    }

    @Override
    public Authorizer authorizer(State state, String secret) {
        if (!settings.enabled()) {
            return Authorizer.UNRESTRICTED;
        }
        return known(state, secret).authorizer();
    }

    @Override
    public String accessor(State state, String secret) {
        return settings.enabled() ? known(state, secret).accessor() : "";
    }

    private Known known(State state, String secret) {
        SecretDigest digest = SecretDigest.of(secret.isEmpty() ? own.ofRequests() : secret);
        Memory current = memoryOf(state.acl());
        Known known = current.known().get(digest);
        if (known == null) {
            known = find(current.tables(), digest);
            if (known == null && agentMaster.is(digest)) {
                return ofAgentMaster;
            }
            if (known == null) {
                throw AccessException.unknownToken();
            }
            if (current.known().size() >= REMEMBERED_MAX) {
                current.known().clear();
            }
            current.known().put(digest, known);
        }
        if (known.token() != null && known.token().expiredAt(clockMillis.getAsLong())) {
            throw AccessException.unknownToken();
        }
        return known;
    }

    @SuppressWarnings(
            "ReferenceEquality") // The same tables are the same object for as long as nothing in them changes.
    private Memory memoryOf(AclTables tables) {
        Memory current = memory;
        if (current.tables() != tables) {
            current = new Memory(tables, new ConcurrentHashMap<>());
            memory = current;
        }
        return current;
    }

    private @Nullable Known find(AclTables tables, SecretDigest digest) {
        TokenEntry token = tables.tokenOf(digest);
        return token == null ? null : new Known(authorizers.of(tables, token), token);
    }
}
