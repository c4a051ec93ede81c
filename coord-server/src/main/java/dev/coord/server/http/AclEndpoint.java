package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.AclRules;
import dev.coord.server.acl.Resource;
import dev.coord.server.acl.RuleException;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.http.AclJson.Secret;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What is left of {@code /v1/acl/}: bootstrap, replication, translation, and methods of login, of which there are none. */
final class AclEndpoint implements EndpointFamily {

    private static final String NO_AUTH_METHODS =
            "auth methods and binding rules are not supported here: create tokens with policies or roles";

    private final Supplier<String> newIds;
    private final LongSupplier wallMillis;
    private final Path resetFile;

    /** @param resetFile where an operator writes the reset index, to bootstrap once more */
    AclEndpoint(Supplier<String> newIds, LongSupplier wallMillis, Path resetFile) {
        this.newIds = newIds;
        this.wallMillis = wallMillis;
        this.resetFile = resetFile;
    }

    @Override
    public void addTo(Routes routes) {
        Access read = Access.whenEnabled(Access.read(Resource.ACL));
        Access write = Access.whenEnabled(Access.write(Resource.ACL));
        Access open = Access.whenEnabled(Access.OPEN);
        routes.put("/v1/acl/bootstrap", open, this::bootstrap);
        routes.get("/v1/acl/replication", open, AclEndpoint::replication);
        routes.add(HttpMethod.POST, "/v1/acl/rules/translate", read, AclEndpoint::translate);
        routes.get("/v1/acl/rules/translate/", read, AclEndpoint::translateOfToken);
        routes.get("/v1/acl/auth-methods", read, AclEndpoint::none);
        routes.get("/v1/acl/auth-method/", read, exchange -> exchange.answer(Answer.notFound()));
        routes.put("/v1/acl/auth-method", write, AclEndpoint::unsupported);
        routes.put("/v1/acl/auth-method/", write, AclEndpoint::unsupported);
        routes.delete("/v1/acl/auth-method/", write, exchange -> exchange.answer(Answer.of(true)));
        routes.get("/v1/acl/binding-rules", read, AclEndpoint::none);
        routes.get("/v1/acl/binding-rule/", read, exchange -> exchange.answer(Answer.notFound()));
        routes.put("/v1/acl/binding-rule", write, AclEndpoint::unsupported);
        routes.put("/v1/acl/binding-rule/", write, AclEndpoint::unsupported);
        routes.delete("/v1/acl/binding-rule/", write, exchange -> exchange.answer(Answer.of(true)));
        routes.add(HttpMethod.POST, "/v1/acl/login", open, AclEndpoint::login);
        routes.add(HttpMethod.POST, "/v1/acl/logout", Access.whenEnabled(Access.BY_HANDLER), AclEndpoint::logout);
    }

    private void bootstrap(Exchange exchange) {
        exchange.offLoop(this::resetIndex, resetIndex -> {
            TokenEntry token = TokenEntry.of(
                    newIds.get(),
                    newIds.get(),
                    "Bootstrap Token (Global Management)",
                    List.of(AclEntries.MANAGEMENT_POLICY),
                    wallMillis.getAsLong());
            AclWrites.execute(exchange, new AclChange.Bootstrap(token, resetIndex), tables -> {
                TokenEntry written = tables.token(token.accessorId());
                exchange.offLoop(
                        () -> resetIndex != 0 && Files.deleteIfExists(resetFile),
                        deleted -> exchange.answerJson(
                                json -> AclJson.token(json, written == null ? token : written, tables, Secret.SHOWN)));
            });
        });
    }

    /** 0 when there is no file. */
    private long resetIndex() throws IOException {
        if (!Files.exists(resetFile)) {
            return 0;
        }
        String text = Files.readString(resetFile).strip();
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new IOException(resetFile + " holds \"" + text + "\", which is no reset index", e);
        }
    }

    /** Of datacenters among each other; there is one. */
    private static void replication(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartObject();
            json.writeBooleanField("Enabled", false);
            json.writeBooleanField("Running", false);
            json.writeStringField("SourceDatacenter", "");
            json.writeStringField("ReplicationType", "");
            json.writeNumberField("ReplicatedIndex", 0);
            json.writeNumberField("ReplicatedRoleIndex", 0);
            json.writeNumberField("ReplicatedTokenIndex", 0);
            json.writeStringField("LastSuccess", "0001-01-01T00:00:00Z");
            json.writeStringField("LastError", "0001-01-01T00:00:00Z");
            json.writeEndObject();
        });
    }

    private static void translate(Exchange exchange) {
        exchange.body(HttpOptions.BODY_BYTES_MAX, body -> translated(exchange, body.toString(StandardCharsets.UTF_8)));
    }

    private static void translateOfToken(Exchange exchange) {
        AclWrites.tables(exchange, tables -> {
            TokenEntry token = tables.token(exchange.required("Bad request: Missing token ID"));
            if (token == null || !token.legacy()) {
                throw AccessException.unknownToken();
            }
            translated(exchange, token.legacyRules());
        });
    }

    private static void translated(Exchange exchange, String legacyRules) {
        try {
            exchange.answer(new Answer(200, Headers.PLAIN, Buffer.buffer(AclRules.translated(legacyRules))));
        } catch (RuleException e) {
            throw HttpError.badRequest("Bad request: " + e.getMessage());
        }
    }

    private static void none(Exchange exchange) {
        exchange.answerJson(json -> {
            json.writeStartArray();
            json.writeEndArray();
        });
    }

    private static void unsupported(Exchange exchange) {
        throw HttpError.internal(NO_AUTH_METHODS);
    }

    /** There is no method to log in by. */
    private static void login(Exchange exchange) {
        throw AccessException.unknownToken();
    }

    /** No token is one that a login gave. */
    private static void logout(Exchange exchange) {
        if (RequestToken.of(exchange).isEmpty()) {
            throw AccessException.unknownToken();
        }
        exchange.authorizer();
        throw AccessException.denied();
    }
}
