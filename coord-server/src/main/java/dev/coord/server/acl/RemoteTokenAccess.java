package dev.coord.server.acl;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.api.storage.v1.AclRecord;
import dev.coord.server.acl.AclSettings.DownPolicy;
import dev.coord.server.acl.Authorizers.Defaults;
import dev.coord.server.command.AclCodec;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.State;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way from a token to its authorizer on an agent, which keeps no tokens: a server is asked, by the secret's digest, and its
 * word counts for the token's time to live. Safe from any thread, never blocks: {@link #lookUp} first, then {@link #authorizer}.
 *
 * <p>At most {@value #KEPT_MAX} tokens are kept; beyond, the one that was used longest ago goes. What there is not is not kept,
 * so that guessing costs memory to nobody. Equal questions at one time are one. No secret is kept.
 */
public final class RemoteTokenAccess implements AccessControl {

    /** How many tokens are kept. */
    static final int KEPT_MAX = 10_000;

    private static final CompletableFuture<Void> TOLD = CompletableFuture.completedFuture(null);

    private final AclSettings settings;
    private final OwnTokenStore own;
    private final String datacenter;
    private final Servers servers;
    private final LongSupplier wallMillis;
    private final LongSupplier clockMillis;
    private final AgentMaster agentMaster;
    private final Map<Defaults, Authorizers> authorizers = new ConcurrentHashMap<>();

    /** Guarded by itself; by use, the newest last. */
    private final Map<SecretDigest, Kept> kept = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SecretDigest, Kept> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** Questions without an answer. Guarded by {@link #kept}. */
    private final Map<SecretDigest, CompletableFuture<Void>> asked = new HashMap<>();

    /** Where tokens are looked up. */
    @FunctionalInterface
    public interface Servers {
        /** Fails when no server answers, of which there may be as many at a time as the one who asks bounds. */
        CompletableFuture<TokenReply> token(TokenCall call);
    }

    /**
     * @param token without its secret
     * @param toldMillis when a server was asked last
     */
    private record Kept(Authorizer authorizer, TokenEntry token, long toldMillis) {}

    /**
     * @param node name of this agent's node
     * @param wallMillis the system's time, for tokens that expire
     * @param clockMillis a clock that never goes back, for what is kept
     */
    public RemoteTokenAccess(
            AclSettings settings,
            OwnTokenStore own,
            String datacenter,
            String node,
            Servers servers,
            LongSupplier wallMillis,
            LongSupplier clockMillis) {
        this.settings = settings;
        this.own = own;
        this.datacenter = datacenter;
        this.servers = servers;
        this.wallMillis = wallMillis;
        this.clockMillis = clockMillis;
        this.agentMaster = new AgentMaster(own, node, settings.listKeysByRule());
    }

    @Override
    public boolean enabled() {
        return settings.enabled();
    }

    @Override
    public CompletableFuture<Void> lookUp(String secret) {
        if (!settings.enabled()) {
            return TOLD;
        }
        SecretDigest digest = digest(secret);
        if (agentMaster.is(digest)) {
            return TOLD;
        }
        CompletableFuture<Void> answer;
        boolean first;
        boolean enough;
        synchronized (kept) {
            Kept known = kept.get(digest);
            if (known != null
                    && clockMillis.getAsLong() - known.toldMillis()
                            < settings.lookups().ttl().toMillis()) {
                return TOLD;
            }
            enough = known != null && settings.lookups().whenUnreachable() == DownPolicy.ASYNC_CACHE;
            CompletableFuture<Void> underWay = asked.get(digest);
            first = underWay == null;
            answer = first ? new CompletableFuture<>() : underWay;
            if (first) {
                asked.put(digest, answer);
            }
        }
        if (first) {
            ask(digest, answer);
        }
        return enough ? TOLD : answer;
    }

    private void ask(SecretDigest digest, CompletableFuture<Void> answer) {
        TokenCall call = TokenCall.newBuilder()
                .setSecretDigest(ByteString.copyFrom(digest.toBytes()))
                .build();
        CompletableFuture<Void> unused = servers.token(call).handle((reply, failure) -> {
            AccessException refusal = failure == null && reply.getError().isEmpty()
                    ? take(digest, reply)
                    : unreachable(digest, failure == null ? reply.getError() : reason(failure));
            synchronized (kept) {
                asked.remove(digest);
            }
            if (refusal == null) {
                answer.complete(null);
            } else {
                answer.completeExceptionally(refusal);
            }
            return null;
        });
    }

    /** In words. */
    static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return String.valueOf(cause.getMessage());
    }

    /** Null: the token counts. */
    private @Nullable AccessException take(SecretDigest digest, TokenReply reply) {
        Kept told = null;
        AccessException refusal = AccessException.unknownToken();
        try {
            TokenEntry token = token(reply);
            if (token != null) {
                AclTables tables = AclTables.of(reply.getRecordsList());
                told = new Kept(authorizers(reply).of(tables, token), token, clockMillis.getAsLong());
            }
        } catch (AccessException e) {
            refusal = e;
        } catch (RuntimeException e) {
            // A server of a newer build may say what this one can't read.
            return unreachable(digest, String.valueOf(e.getMessage()));
        }
        synchronized (kept) {
            if (told == null) {
                kept.remove(digest);
                return refusal;
            }
            kept.put(digest, told);
            return null;
        }
    }

    private static @Nullable TokenEntry token(TokenReply reply) {
        return reply.getRecordsList().stream()
                .filter(AclRecord::hasToken)
                .findFirst()
                .map(record -> AclCodec.fromMessage(record.getToken()))
                .orElse(null);
    }

    /** What either side denies by default is denied. */
    private Authorizers authorizers(TokenReply reply) {
        Defaults defaults = new Defaults(
                reply.getAllowByDefault() && settings.allowByDefault(),
                reply.getListKeysByRule() || settings.listKeysByRule());
        return authorizers.computeIfAbsent(defaults, any -> new Authorizers(any, datacenter));
    }

    /** Null: what was told last goes on to count. */
    private @Nullable AccessException unreachable(SecretDigest digest, String why) {
        boolean known;
        synchronized (kept) {
            known = kept.containsKey(digest);
        }
        boolean extended = settings.lookups().whenUnreachable() != DownPolicy.DENY;
        return known && extended
                ? null
                : AccessException.denied("no server could tell this agent what the token allows, and "
                        + (known ? "acl.down_policy is \"deny\"" : "it was not shown here before, or too long ago")
                        + "; ask again when a server answers (" + why + ")");
    }

    @Override
    public Authorizer authorizer(State state, String secret) {
        return settings.enabled() ? known(secret, Kept::authorizer, agentMaster.authorizer()) : Authorizer.UNRESTRICTED;
    }

    @Override
    public String accessor(State state, String secret) {
        return settings.enabled() ? known(secret, one -> one.token().accessorId(), AgentMaster.NAME) : "";
    }

    private <T> T known(String secret, Function<Kept, T> ofToken, T ofAgentMaster) {
        SecretDigest digest = digest(secret);
        Kept known;
        synchronized (kept) {
            known = kept.get(digest);
        }
        if (known == null && agentMaster.is(digest)) {
            return ofAgentMaster;
        }
        if (known == null || known.token().expiredAt(wallMillis.getAsLong())) {
            throw AccessException.unknownToken();
        }
        return ofToken.apply(known);
    }

    private SecretDigest digest(String secret) {
        return SecretDigest.of(secret.isEmpty() ? own.ofRequests() : secret);
    }
}
