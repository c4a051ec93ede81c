package dev.coord.tools;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;

/** Tokens, policies and roles for people, as the Consul command line prints them. */
final class AclText {

    private AclText() {}

    /** @param meta with what changes by itself */
    static String token(JsonObject token, boolean meta) {
        StringBuilder out = new StringBuilder();
        line(out, "AccessorID:       ", token.getString("AccessorID"));
        if (token.containsKey("SecretID")) {
            line(out, "SecretID:         ", token.getString("SecretID"));
        }
        line(out, "Description:      ", token.getString("Description"));
        line(out, "Local:            ", String.valueOf(token.getBoolean("Local")));
        line(out, "Create Time:      ", token.getString("CreateTime"));
        if (token.containsKey("ExpirationTime")) {
            line(out, "Expiration Time:  ", token.getString("ExpirationTime"));
        }
        if (Boolean.TRUE.equals(token.getBoolean("Legacy"))) {
            line(out, "Legacy:           ", "true");
        }
        if (meta) {
            line(out, "Hash:             ", token.getString("Hash"));
            line(out, "Create Index:     ", String.valueOf(token.getLong("CreateIndex")));
            line(out, "Modify Index:     ", String.valueOf(token.getLong("ModifyIndex")));
        }
        links(out, "", token);
        if (token.containsKey("Rules")) {
            out.append("Rules:\n").append(token.getString("Rules")).append('\n');
        }
        return out.toString();
    }

    static String policy(JsonObject policy, boolean meta) {
        StringBuilder out = new StringBuilder();
        line(out, "ID:           ", policy.getString("ID"));
        line(out, "Name:         ", policy.getString("Name"));
        line(out, "Description:  ", policy.getString("Description"));
        line(out, "Datacenters:  ", texts(policy.getJsonArray("Datacenters")));
        if (meta) {
            meta(out, "", policy);
        }
        String rules = policy.getString("Rules");
        out.append("Rules:\n").append(rules).append(rules.endsWith("\n") ? "" : "\n");
        return out.toString();
    }

    static String policies(JsonArray policies, boolean meta) {
        StringBuilder out = new StringBuilder();
        for (JsonObject policy : objects(policies)) {
            out.append(policy.getString("Name")).append(":\n");
            line(out, "   ID:           ", policy.getString("ID"));
            line(out, "   Description:  ", policy.getString("Description"));
            line(out, "   Datacenters:  ", texts(policy.getJsonArray("Datacenters")));
            if (meta) {
                meta(out, "   ", policy);
            }
        }
        return out.toString();
    }

    static String role(JsonObject role, boolean meta) {
        StringBuilder out = new StringBuilder();
        line(out, "ID:           ", role.getString("ID"));
        line(out, "Name:         ", role.getString("Name"));
        line(out, "Description:  ", role.getString("Description"));
        if (meta) {
            meta(out, "", role);
        }
        links(out, "", role);
        return out.toString();
    }

    static String roles(JsonArray roles, boolean meta) {
        StringBuilder out = new StringBuilder();
        for (JsonObject role : objects(roles)) {
            out.append(role.getString("Name")).append(":\n");
            line(out, "   ID:           ", role.getString("ID"));
            line(out, "   Description:  ", role.getString("Description"));
            if (meta) {
                meta(out, "   ", role);
            }
            links(out, "   ", role);
        }
        return out.toString();
    }

    static String tokens(JsonArray tokens, boolean meta) {
        return objects(tokens).stream().map(token -> token(token, meta)).collect(Collectors.joining("\n"));
    }

    private static void meta(StringBuilder out, String indent, JsonObject entry) {
        line(out, indent + "Hash:         ", entry.getString("Hash"));
        line(out, indent + "Create Index: ", String.valueOf(entry.getLong("CreateIndex")));
        line(out, indent + "Modify Index: ", String.valueOf(entry.getLong("ModifyIndex")));
    }

    private static void links(StringBuilder out, String indent, JsonObject entry) {
        named(out, indent, "Policies", entry.getJsonArray("Policies"));
        named(out, indent, "Roles", entry.getJsonArray("Roles"));
        if (entry.containsKey("ServiceIdentities")) {
            line(out, indent, "Service Identities:");
            for (JsonObject identity : objects(entry.getJsonArray("ServiceIdentities"))) {
                String datacenters = texts(identity.getJsonArray("Datacenters"));
                line(
                        out,
                        indent + "   ",
                        identity.getString("ServiceName") + " (Datacenters: "
                                + (datacenters.isEmpty() ? "all" : datacenters) + ")");
            }
        }
        if (entry.containsKey("NodeIdentities")) {
            line(out, indent, "Node Identities:");
            for (JsonObject identity : objects(entry.getJsonArray("NodeIdentities"))) {
                line(
                        out,
                        indent + "   ",
                        identity.getString("NodeName") + " (Datacenter: " + identity.getString("Datacenter") + ")");
            }
        }
    }

    private static void named(StringBuilder out, String indent, String title, JsonArray links) {
        if (links != null) {
            line(out, indent, title + ":");
            for (JsonObject link : objects(links)) {
                line(out, indent + "   ", link.getString("ID") + " - " + link.getString("Name"));
            }
        }
    }

    private static String texts(JsonArray texts) {
        return texts == null ? "" : texts.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    private static void line(StringBuilder out, String label, String value) {
        out.append((label + value).stripTrailing()).append('\n');
    }
}
