package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.OwnTokenStore;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.http.AclJson.Secret;
import dev.coord.server.state.AclTables;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /v1/acl/tokens} and {@code /v1/acl/token}. */
final class AclTokenEndpoint implements EndpointFamily {

    private static final String MISSING_ID = "Bad request: Missing token ID";
    private static final String CLONE = "/clone";

    private final OwnTokenStore own;
    private final Supplier<String> newIds;
    private final LongSupplier wallMillis;

    AclTokenEndpoint(OwnTokenStore own, Supplier<String> newIds, LongSupplier wallMillis) {
        this.own = own;
        this.newIds = newIds;
        this.wallMillis = wallMillis;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/acl/tokens", Access.whenEnabled(Access.read(Resource.ACL)), this::list);
        routes.put("/v1/acl/token", Access.whenEnabled(Access.write(Resource.ACL)), this::create);
        routes.get("/v1/acl/token/self", Access.whenEnabled(Access.OPEN), this::self);
        routes.get("/v1/acl/token/", Access.whenEnabled(Access.read(Resource.ACL)), this::one);
        routes.put("/v1/acl/token/", Access.whenEnabled(Access.write(Resource.ACL)), this::update);
        routes.delete("/v1/acl/token/", Access.whenEnabled(Access.write(Resource.ACL)), this::delete);
    }

    private void list(Exchange exchange) {
        String policy = orEmpty(exchange.parameter("policy"));
        String role = orEmpty(exchange.parameter("role"));
        boolean ofAuthMethod = !orEmpty(exchange.parameter("authmethod")).isEmpty();
        exchange.read(new StateQuery(Topics.acl(), state -> state.acl().tokensIndex(), state -> {
            List<TokenEntry> tokens = state.acl().tokens().stream()
                    .filter(token -> !ofAuthMethod && isAlive(token))
                    .filter(token -> policy.isEmpty() || token.policies().contains(policy))
                    .filter(token -> role.isEmpty() || token.roles().contains(role))
                    .toList();
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (TokenEntry token : tokens) {
                    AclJson.token(json, token, state.acl(), Secret.LEFT_OUT);
                }
                json.writeEndArray();
            });
        }));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private boolean isAlive(TokenEntry token) {
        return !token.expiredAt(wallMillis.getAsLong());
    }

    private void one(Exchange exchange) {
        String accessor = exchange.required(MISSING_ID);
        exchange.read(new StateQuery(
                Topics.acl(),
                state -> state.acl().tokensIndex(),
                state -> answer(
                        exchange,
                        state,
                        state.acl().token(accessor),
                        exchange.authorizer().mayWrite(Resource.ACL) ? Secret.SHOWN : Secret.HIDDEN)));
    }

    /** The token that was shown; who shows it knows its secret. */
    private void self(Exchange exchange) {
        String given = RequestToken.of(exchange);
        String secret = given.isEmpty() ? own.get(OwnTokenStore.Kind.DEFAULT) : given;
        exchange.readNow(new StateQuery(
                Topics.acl(),
                state -> state.acl().tokensIndex(),
                state -> answer(exchange, state, state.acl().tokenOf(SecretDigest.of(secret)), Secret.SHOWN)));
    }

    private Answer answer(Exchange exchange, State state, @Nullable TokenEntry token, Secret secret) {
        if (token == null || !isAlive(token)) {
            throw AccessException.unknownToken();
        }
        return Answer.json(exchange.options().pretty(), json -> AclJson.token(json, token, state.acl(), secret));
    }

    private void create(Exchange exchange) {
        exchange.jsonBody(body -> AclWrites.tables(
                exchange,
                tables -> put(
                        exchange,
                        AclRequest.token(body, tables, newIds.get(), newIds.get(), wallMillis.getAsLong()),
                        true)));
    }

    private void update(Exchange exchange) {
        String rest = exchange.required(MISSING_ID);
        if (rest.endsWith(CLONE)) {
            cloneOf(exchange, rest.substring(0, rest.length() - CLONE.length()));
            return;
        }
        exchange.jsonBody(body -> {
            String inBody = body.string("AccessorID");
            if (!inBody.isEmpty() && !inBody.equals(rest)) {
                throw HttpError.badRequest("Bad request: Token Accessor ID in URL and payload do not match");
            }
            AclWrites.tables(exchange, tables -> {
                TokenEntry before = tables.token(rest);
                if (before == null || !isAlive(before)) {
                    throw HttpError.internal("Cannot find token \"" + rest + "\"");
                }
                put(exchange, AclRequest.changedToken(body, tables, before), false);
            });
        });
    }

    private void cloneOf(Exchange exchange, String accessor) {
        exchange.jsonBody(body -> AclWrites.tables(exchange, tables -> {
            TokenEntry origin = tables.token(accessor);
            if (origin == null || !isAlive(origin)) {
                throw AccessException.unknownToken();
            }
            if (origin.legacy()) {
                throw HttpError.internal("Cannot clone a legacy ACL with this endpoint");
            }
            if (accessor.equals(AclEntries.ANONYMOUS_TOKEN)) {
                throw HttpError.internal("Cannot clone the anonymous token");
            }
            put(
                    exchange,
                    new TokenEntry(
                            newIds.get(),
                            newIds.get(),
                            body.string("Description", origin.description()),
                            origin.policies(),
                            origin.roles(),
                            origin.serviceIdentities(),
                            origin.nodeIdentities(),
                            origin.local(),
                            origin.expirationMillis(),
                            wallMillis.getAsLong(),
                            "",
                            "",
                            0,
                            0),
                    true);
        }));
    }

    private static void put(Exchange exchange, TokenEntry token, boolean create) {
        AclWrites.execute(exchange, new AclChange.PutToken(token, create), tables -> answer(exchange, token, tables));
    }

    private static void answer(Exchange exchange, TokenEntry written, AclTables tables) {
        TokenEntry token = tables.token(written.accessorId());
        exchange.answerJson(json -> AclJson.token(json, token == null ? written : token, tables, Secret.SHOWN));
    }

    private void delete(Exchange exchange) {
        String accessor = exchange.required(MISSING_ID);
        AclWrites.execute(exchange, new AclChange.DeleteToken(accessor), tables -> exchange.answer(Answer.of(true)));
    }
}
