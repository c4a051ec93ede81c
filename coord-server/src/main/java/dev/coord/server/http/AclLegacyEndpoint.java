package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.state.AclTables;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The paths from before Consul 1.4: {@code /v1/acl/create} and its like, where a token's id is its secret and its rules are
 * its own.
 */
final class AclLegacyEndpoint implements EndpointFamily {

    private static final String CLIENT = "client";
    private static final String MANAGEMENT = "management";
    private static final String MISSING_ID = "Missing ACL";

    private final Supplier<String> newIds;

    AclLegacyEndpoint(Supplier<String> newIds) {
        this.newIds = newIds;
    }

    @Override
    public void addTo(Routes routes) {
        routes.put("/v1/acl/create", Access.whenEnabled(Access.write(Resource.ACL)), exchange -> set(exchange, false));
        routes.put("/v1/acl/update", Access.whenEnabled(Access.write(Resource.ACL)), exchange -> set(exchange, true));
        routes.put("/v1/acl/destroy/", Access.whenEnabled(Access.write(Resource.ACL)), AclLegacyEndpoint::destroy);
        routes.put("/v1/acl/clone/", Access.whenEnabled(Access.write(Resource.ACL)), this::cloneOf);
        // Who knows the id knows the secret.
        routes.get("/v1/acl/info/", Access.whenEnabled(Access.OPEN), AclLegacyEndpoint::info);
        routes.get("/v1/acl/list", Access.whenEnabled(Access.write(Resource.ACL)), AclLegacyEndpoint::list);
    }

    private void set(Exchange exchange, boolean needsId) {
        exchange.jsonBody(body -> {
            String id = body.string("ID");
            if (needsId && id.isEmpty()) {
                throw HttpError.badRequest("ACL ID must be set");
            }
            String type = body.string("Type", CLIENT);
            String rules = body.string("Rules");
            AclWrites.checkRules(rules, true, "ACL rule compilation failed: ");
            AclWrites.tables(
                    exchange,
                    tables -> put(
                            exchange,
                            tables,
                            id.isEmpty() ? newIds.get() : id,
                            body.string("Name"),
                            type.isEmpty() ? CLIENT : type,
                            rules));
        });
    }

    private void put(Exchange exchange, AclTables tables, String secret, String name, String type, String rules) {
        TokenEntry before = tables.tokenOf(SecretDigest.of(secret));
        boolean anonymous = before != null && before.accessorId().equals(AclEntries.ANONYMOUS_TOKEN);
        if (before != null && !before.legacy() && !anonymous) {
            throw HttpError.internal("Cannot use legacy endpoint to modify a non-legacy token");
        }
        TokenEntry token = new TokenEntry(
                before == null ? newIds.get() : before.accessorId(),
                secret,
                name,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                false,
                0,
                before == null ? 0 : before.createMillis(),
                type,
                rules,
                0,
                0);
        AclWrites.execute(
                exchange,
                new AclChange.PutToken(token, before == null),
                after -> exchange.answerJson(json -> {
                    json.writeStartObject();
                    json.writeStringField("ID", secret);
                    json.writeEndObject();
                }));
    }

    private static void destroy(Exchange exchange) {
        String secret = exchange.required(MISSING_ID);
        if (secret.equals(AclEntries.ANONYMOUS_SECRET)) {
            throw AccessException.denied("Cannot delete anonymous token");
        }
        AclWrites.tables(exchange, tables -> {
            TokenEntry token = tables.tokenOf(SecretDigest.of(secret));
            if (token == null) {
                exchange.answer(Answer.of(true));
            } else {
                AclWrites.execute(
                        exchange,
                        new AclChange.DeleteToken(token.accessorId()),
                        after -> exchange.answer(Answer.of(true)));
            }
        });
    }

    private void cloneOf(Exchange exchange) {
        String secret = exchange.required(MISSING_ID);
        AclWrites.tables(exchange, tables -> {
            TokenEntry origin = tables.tokenOf(SecretDigest.of(secret));
            String type = type(origin);
            if (origin == null || type == null) {
                throw AccessException.denied();
            }
            put(exchange, tables, newIds.get(), origin.description(), type, origin.legacyRules());
        });
    }

    private static void info(Exchange exchange) {
        String secret = exchange.required(MISSING_ID);
        exchange.readNow(new StateQuery(Topics.acl(), state -> state.acl().tokensIndex(), state -> {
            TokenEntry token = state.acl().tokenOf(SecretDigest.of(secret));
            return answer(exchange, token == null ? List.of() : List.of(token));
        }));
    }

    private static void list(Exchange exchange) {
        exchange.read(new StateQuery(
                Topics.acl(),
                state -> state.acl().tokensIndex(),
                state -> answer(exchange, state.acl().tokens())));
    }

    private static Answer answer(Exchange exchange, List<TokenEntry> tokens) {
        return Answer.json(exchange.options().pretty(), json -> {
            json.writeStartArray();
            for (TokenEntry token : tokens) {
                String type = type(token);
                if (type != null) {
                    json.writeStartObject();
                    json.writeStringField("ID", token.secretId());
                    json.writeStringField("Name", token.description());
                    json.writeStringField("Type", type);
                    json.writeStringField("Rules", token.legacyRules());
                    json.writeNumberField("CreateIndex", token.createIndex());
                    json.writeNumberField("ModifyIndex", token.modifyIndex());
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
        });
    }

    /** As these paths see it; null: not at all. */
    private static @Nullable String type(@Nullable TokenEntry token) {
        if (token == null) {
            return null;
        }
        if (token.legacy()) {
            return token.legacyType();
        }
        return token.policies().contains(AclEntries.MANAGEMENT_POLICY) ? MANAGEMENT : null;
    }
}
