package dev.coord.server.acl;

import dev.coord.server.acl.OwnTokenStore.Kind;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.State;
import java.util.List;
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

    private static final String AGENT_MASTER = "agent-master";

    private final AclSettings settings;
    private final OwnTokenStore own;
    private final LongSupplier clockMillis;
    private final Authorizers authorizers;
    private final Known agentMaster;

    /** Replaced whole; read and written by any thread. */
    private volatile Memory memory = new Memory(State.empty().acl(), new ConcurrentHashMap<>());

    /** What the tables say of some secrets. */
    private record Memory(AclTables tables, Map<SecretDigest, Known> known) {}

    /** @param token null: of this server's own, which is in no table */
    private record Known(Authorizer authorizer, @Nullable TokenEntry token) {
        String accessor() {
            return token == null ? AGENT_MASTER : token.accessorId();
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
        this.authorizers = new Authorizers(settings, datacenter);
        this.agentMaster = new Known(
                new Authorizer(
                        List.of(AGENT_MASTER),
                        false,
                        settings.listKeysByRule(),
                        List.of(
                                new Rule(Resource.AGENT, node, false, Permission.WRITE),
                                new Rule(Resource.NODE, "", true, Permission.READ))),
                null);
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
        SecretDigest digest = SecretDigest.of(orDefault(secret));
        Memory current = memoryOf(state.acl());
        Known known = current.known().get(digest);
        if (known == null) {
            known = find(current.tables(), digest);
            if (known == null) {
                return agentMaster(digest);
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

    private String orDefault(String secret) {
        if (!secret.isEmpty()) {
            return secret;
        }
        String byDefault = own.get(Kind.DEFAULT);
        return byDefault.isEmpty() ? AclEntries.ANONYMOUS_SECRET : byDefault;
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

    private Known agentMaster(SecretDigest digest) {
        String secret = own.get(Kind.AGENT_MASTER);
        if (!secret.isEmpty() && SecretDigest.of(secret).equals(digest)) {
            return agentMaster;
        }
        throw AccessException.unknownToken();
    }
}
