package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.AclEntries.NodeIdentity;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.command.AclEntries.ServiceIdentity;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.state.AclTables;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tokens, policies and roles as Consul shows them. What has no value is left out where Consul leaves it out. */
final class AclJson {

    /** What stands in the place of a secret that may not be seen. */
    private static final String HIDDEN = "<hidden>";

    /** How much of a token's secret is shown. */
    enum Secret {
        SHOWN,
        HIDDEN,
        LEFT_OUT
    }

    private AclJson() {}

    /** @param tables that have the names of its policies and roles */
    static void token(JsonGenerator json, TokenEntry token, AclTables tables, Secret secret) throws IOException {
        json.writeStartObject();
        json.writeStringField("AccessorID", token.accessorId());
        if (secret != Secret.LEFT_OUT) {
            json.writeStringField("SecretID", secret == Secret.SHOWN ? token.secretId() : HIDDEN);
        }
        json.writeStringField("Description", token.description());
        policyLinks(json, token.policies(), tables);
        roleLinks(json, token.roles(), tables);
        identities(json, token.serviceIdentities(), token.nodeIdentities());
        json.writeBooleanField("Local", token.local());
        if (token.expirationMillis() != 0) {
            json.writeStringField("ExpirationTime", time(token.expirationMillis()));
        }
        json.writeStringField("CreateTime", time(token.createMillis()));
        json.writeStringField("Hash", hash(token.withIndexes(0, 0).toString() + token.legacyRules()));
        json.writeNumberField("CreateIndex", token.createIndex());
        json.writeNumberField("ModifyIndex", token.modifyIndex());
        if (token.legacy()) {
            if (secret != Secret.LEFT_OUT) {
                json.writeStringField("Rules", token.legacyRules());
            }
            json.writeBooleanField("Legacy", true);
        }
        json.writeEndObject();
    }

    private static void policyLinks(JsonGenerator json, List<String> ids, AclTables tables) throws IOException {
        if (ids.stream().anyMatch(id -> tables.policy(id) != null)) {
            json.writeArrayFieldStart("Policies");
            for (String id : ids) {
                PolicyEntry policy = tables.policy(id);
                link(json, id, policy == null ? null : policy.name());
            }
            json.writeEndArray();
        }
    }

    private static void roleLinks(JsonGenerator json, List<String> ids, AclTables tables) throws IOException {
        if (ids.stream().anyMatch(id -> tables.role(id) != null)) {
            json.writeArrayFieldStart("Roles");
            for (String id : ids) {
                RoleEntry role = tables.role(id);
                link(json, id, role == null ? null : role.name());
            }
            json.writeEndArray();
        }
    }

    private static void link(JsonGenerator json, String id, @Nullable String name) throws IOException {
        if (name != null) {
            json.writeStartObject();
            json.writeStringField("ID", id);
            json.writeStringField("Name", name);
            json.writeEndObject();
        }
    }

    private static void identities(JsonGenerator json, List<ServiceIdentity> services, List<NodeIdentity> nodes)
            throws IOException {
        if (!services.isEmpty()) {
            json.writeArrayFieldStart("ServiceIdentities");
            for (ServiceIdentity identity : services) {
                json.writeStartObject();
                json.writeStringField("ServiceName", identity.service());
                if (!identity.datacenters().isEmpty()) {
                    json.writeFieldName("Datacenters");
                    CatalogJson.strings(json, identity.datacenters());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        if (!nodes.isEmpty()) {
            json.writeArrayFieldStart("NodeIdentities");
            for (NodeIdentity identity : nodes) {
                json.writeStartObject();
                json.writeStringField("NodeName", identity.node());
                json.writeStringField("Datacenter", identity.datacenter());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
    }

    /** With its rules, as one is read alone. */
    static void policy(JsonGenerator json, PolicyEntry policy) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", policy.id());
        json.writeStringField("Name", policy.name());
        json.writeStringField("Description", policy.description());
        json.writeStringField("Rules", policy.rules());
        if (!policy.datacenters().isEmpty()) {
            json.writeFieldName("Datacenters");
            CatalogJson.strings(json, policy.datacenters());
        }
        endPolicy(json, policy);
    }

    /** Without its rules, as it stands in a list. */
    static void policyStub(JsonGenerator json, PolicyEntry policy) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", policy.id());
        json.writeStringField("Name", policy.name());
        json.writeStringField("Description", policy.description());
        json.writeFieldName("Datacenters");
        if (policy.datacenters().isEmpty()) {
            json.writeNull();
        } else {
            CatalogJson.strings(json, policy.datacenters());
        }
        endPolicy(json, policy);
    }

    private static void endPolicy(JsonGenerator json, PolicyEntry policy) throws IOException {
        json.writeStringField("Hash", hash(policy.withIndexes(0, 0).toString()));
        json.writeNumberField("CreateIndex", policy.createIndex());
        json.writeNumberField("ModifyIndex", policy.modifyIndex());
        json.writeEndObject();
    }

    static void role(JsonGenerator json, RoleEntry role, AclTables tables) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", role.id());
        json.writeStringField("Name", role.name());
        json.writeStringField("Description", role.description());
        policyLinks(json, role.policies(), tables);
        identities(json, role.serviceIdentities(), role.nodeIdentities());
        json.writeStringField("Hash", hash(role.withIndexes(0, 0).toString()));
        json.writeNumberField("CreateIndex", role.createIndex());
        json.writeNumberField("ModifyIndex", role.modifyIndex());
        json.writeEndObject();
    }

    /** Equal for equal contents; opaque to clients. */
    private static String hash(String content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** As Go writes times; 0 as its zero. */
    private static String time(long millis) {
        return millis == 0
                ? "0001-01-01T00:00:00Z"
                : Instant.ofEpochMilli(millis).toString();
    }
}
