package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.backup.BackupHeader;
import dev.coord.tools.backup.BackupKind;
import dev.coord.tools.backup.BackupWriter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads what a cluster holds over its HTTP API, in pages, and puts it into a backup. Goes on past what can't be read and keeps
 * in mind what that was.
 */
final class BackupSource {

    private static final int PAGE_KEYS = 1_000;
    /** What a server's own agent brings back by itself, and what would be another cluster's in a new one. */
    private static final String SERVERS_SERVICE = "consul";

    private static final String AGENT_CHECK = "serfHealth";
    /** Every cluster has it. */
    private static final String BUILT_IN_POLICY = "00000000-0000-0000-0000-000000000001";

    private static final String HIDDEN = "<hidden>";
    private static final String[] REGISTERED = {
        "ID", "Service", "Tags", "Address", "TaggedAddresses", "Meta", "Port", "Weights", "EnableTagOverride", "Kind"
    };
    private static final String[] CHECKED = {"CheckID", "Name", "Status", "Notes", "Output", "ServiceID", "Definition"};
    private static final String[] OF_POLICY = {"Name", "Description", "Rules", "Datacenters"};
    private static final String[] OF_ROLE = {"Name", "Description", "ServiceIdentities", "NodeIdentities"};
    private static final String[] OF_TOKEN = {
        "AccessorID", "SecretID", "Description", "ServiceIdentities", "NodeIdentities", "Local", "ExpirationTime"
    };

    private final PatientHttp http;
    private final Set<BackupKind> kinds;
    /** Whether they were asked for by name: then what can't be had is a failure. */
    private final boolean named;

    private final List<String> prefixes;
    private final ProgressBar bar;
    private final List<String> skipped = new ArrayList<>();
    private long locked;

    /** @param prefixes of keys; at least one */
    BackupSource(PatientHttp http, Set<BackupKind> kinds, boolean named, List<String> prefixes, ProgressBar bar) {
        this.http = http;
        this.kinds = kinds;
        this.named = named;
        this.prefixes = prefixes;
        this.bar = bar;
    }

    BackupHeader header(String version) {
        HttpAnswer self = http.get("/v1/agent/self");
        // A token for keys alone may not ask.
        JsonObject stats = self.isSuccess() ? self.object().getJsonObject("Stats", new JsonObject()) : new JsonObject();
        JsonObject raft = stats.getJsonObject("raft", new JsonObject());
        JsonObject config =
                self.isSuccess() ? self.object().getJsonObject("Config", new JsonObject()) : new JsonObject();
        return new BackupHeader(
                raft.getString("cluster_id", ""),
                config.getString("Datacenter", ""),
                index(),
                Instant.now().toString(),
                kinds.stream().map(BackupKind::text).toList(),
                kinds.contains(BackupKind.KV) && !prefixes.equals(List.of("")) ? prefixes : List.of(),
                version);
    }

    /** Of the newest change of what is asked for; 0 where that can't be read. */
    long index() {
        long newest = 0;
        for (BackupKind kind : kinds) {
            switch (kind) {
                case KV -> {
                    for (String prefix : prefixes) {
                        newest = Math.max(newest, indexOf(page(prefix, "", 1)));
                    }
                }
                case CATALOG -> newest = Math.max(newest, indexOf("/v1/catalog/nodes"));
                case FLAGS -> newest = Math.max(newest, indexOf("/v1/flags"));
                case ACL -> newest = Math.max(newest, indexOf("/v1/acl/policies"));
                default -> throw new IllegalStateException("a kind without an index: " + kind);
            }
        }
        return newest;
    }

    private long indexOf(String path) {
        String index = http.get(path).index();
        return index.isEmpty() ? 0 : Long.parseLong(index);
    }

    /** In words, what could not be read. */
    List<String> skipped() {
        return List.copyOf(skipped);
    }

    /** Of the keys, how many a session held. */
    long locked() {
        return locked;
    }

    void writeTo(BackupWriter writer) throws IOException {
        for (BackupKind kind : kinds) {
            switch (kind) {
                case KV -> keys(writer);
                case CATALOG -> catalog(writer);
                case FLAGS -> flags(writer);
                case ACL -> acl(writer);
                default -> throw new IllegalStateException("a kind that nobody reads: " + kind);
            }
        }
    }

    /** True: it is there. False: what is missing is kept in mind. */
    private boolean isRead(HttpAnswer answer, String what) {
        if (answer.isSuccess()) {
            return true;
        }
        skipped.add(what + ": " + answer.status() + " " + answer.text().strip());
        return false;
    }

    // ---- keys

    private void keys(BackupWriter writer) throws IOException {
        long done = 0;
        for (String prefix : prefixes) {
            String after = "";
            while (true) {
                HttpAnswer answer = http.get(page(prefix, after, PAGE_KEYS));
                if (answer.isMissing()) {
                    break;
                }
                if (!isRead(answer, "kv: keys that begin with \"" + prefix + "\", after \"" + after + "\"")) {
                    break;
                }
                List<JsonObject> page = AclText.objects(answer.list());
                String last = page.get(page.size() - 1).getString("Key");
                if (page.size() > PAGE_KEYS || last.equals(after)) {
                    throw new StartupException(
                            ExitCode.FAILED,
                            "the server gives no pages of keys (?limit, ?after): it is an older one, or Consul; use \"kv"
                                    + " export\"");
                }
                for (JsonObject entry : page) {
                    writer.add(BackupKind.KV, entry.getString("Key"), key(entry));
                    bar.progress("reading keys", ++done, ProgressBar.TOTAL_UNKNOWN);
                }
                after = last;
            }
        }
    }

    private static String page(String prefix, String after, int limit) {
        String path = HttpConnection.with(
                HttpConnection.with(KvPair.path(prefix), "recurse", ""), "limit", String.valueOf(limit));
        return after.isEmpty() ? path : HttpConnection.with(path, "after", after);
    }

    /** As {@code kv export} has it. */
    private JsonObject key(JsonObject entry) {
        if (entry.containsKey("Session")) {
            locked++;
        }
        String value = entry.getString("Value");
        return new JsonObject()
                .put("key", entry.getString("Key"))
                .put("flags", entry.getValue("Flags"))
                .put("value", value == null ? "" : value);
    }

    // ---- catalog

    private void catalog(BackupWriter writer) throws IOException {
        HttpAnswer nodes = http.get("/v1/catalog/nodes");
        if (!isRead(nodes, "catalog")) {
            return;
        }
        List<JsonObject> all = AclText.objects(nodes.list());
        int done = 0;
        for (JsonObject node : all) {
            node(writer, node);
            bar.progress("reading nodes", ++done, all.size());
        }
    }

    /** A registration for the node with the checks that are its own, and one for each service with its checks. */
    private void node(BackupWriter writer, JsonObject node) throws IOException {
        String name = node.getString("Node");
        HttpAnswer services = http.get("/v1/catalog/node/" + HttpConnection.encoded(name));
        HttpAnswer checks = http.get("/v1/health/node/" + HttpConnection.encoded(name));
        if (!isRead(services, "catalog: node \"" + name + "\"")
                || !isRead(checks, "catalog: the checks of node \"" + name + "\"")) {
            return;
        }
        List<JsonObject> ofNode = new ArrayList<>();
        JsonObject found = services.text().strip().equals("null") ? new JsonObject() : services.object();
        boolean server = false;
        JsonObject registered = found.getJsonObject("Services", new JsonObject());
        for (String id : registered.fieldNames()) {
            JsonObject json = registered.getJsonObject(id);
            server |= json.getString("Service").equals(SERVERS_SERVICE);
            ofNode.add(json);
        }
        ofNode.removeIf(json -> json.getString("Service").equals(SERVERS_SERVICE));
        List<JsonObject> tried = AclText.objects(checks.list()).stream()
                .filter(check -> !check.getString("CheckID").equals(AGENT_CHECK)
                        && !check.getString("ServiceName").equals(SERVERS_SERVICE))
                .toList();
        List<JsonObject> ownChecks = tried.stream()
                .filter(check -> check.getString("ServiceID").isEmpty())
                .toList();
        if (!server || !ownChecks.isEmpty() || !ofNode.isEmpty()) {
            // A server's id is its directory's, and in another cluster somebody else's.
            writer.add(BackupKind.CATALOG, name, registration(node, !server).put("Checks", checks(ownChecks)));
        }
        for (JsonObject service : ofNode) {
            String id = service.getString("ID");
            writer.add(
                    BackupKind.CATALOG,
                    name,
                    registration(node, !server)
                            .put("Service", picked(service, REGISTERED))
                            .put(
                                    "Checks",
                                    checks(tried.stream()
                                            .filter(check ->
                                                    check.getString("ServiceID").equals(id))
                                            .toList())));
        }
    }

    private static JsonObject registration(JsonObject node, boolean withId) {
        JsonObject registration = new JsonObject()
                .put("Node", node.getString("Node"))
                .put("Address", node.getString("Address"))
                .put("TaggedAddresses", node.getValue("TaggedAddresses"))
                .put("NodeMeta", node.getValue("Meta"));
        return withId ? registration.put("ID", node.getString("ID")) : registration;
    }

    private static JsonArray checks(List<JsonObject> checks) {
        JsonArray all = new JsonArray();
        checks.forEach(check -> all.add(picked(check, CHECKED)));
        return all;
    }

    private static JsonObject picked(JsonObject from, String... names) {
        JsonObject picked = new JsonObject();
        for (String name : names) {
            if (from.getValue(name) != null) {
                picked.put(name, from.getValue(name));
            }
        }
        return picked;
    }

    // ---- flags

    private void flags(BackupWriter writer) throws IOException {
        HttpAnswer sets = http.get("/v1/flags");
        if (!isRead(sets, "flags")) {
            return;
        }
        for (JsonObject set : AclText.objects(sets.list())) {
            String name = set.getString("Name");
            HttpAnswer document = http.get("/v1/flags/" + HttpConnection.encoded(name));
            if (!document.isMissing() && isRead(document, "flags: set \"" + name + "\"")) {
                writer.add(
                        BackupKind.FLAGS,
                        name,
                        new JsonObject().put("set", name).put("document", document.object()));
            }
        }
    }

    // ---- ACL

    private void acl(BackupWriter writer) throws IOException {
        HttpAnswer policies = http.get("/v1/acl/policies");
        if (!named && policies.status() == 401) {
            // There are no ACLs here, and nobody asked for them by name.
            return;
        }
        if (!isRead(policies, "acl")) {
            return;
        }
        for (JsonObject stub : AclText.objects(policies.list())) {
            String name = stub.getString("Name");
            HttpAnswer policy = http.get("/v1/acl/policy/" + HttpConnection.encoded(stub.getString("ID")));
            if (!stub.getString("ID").equals(BUILT_IN_POLICY) && isRead(policy, "acl: policy \"" + name + "\"")) {
                writer.add(BackupKind.ACL, name, new JsonObject().put("policy", picked(policy.object(), OF_POLICY)));
            }
        }
        HttpAnswer roles = http.get("/v1/acl/roles");
        if (isRead(roles, "acl: roles")) {
            for (JsonObject role : AclText.objects(roles.list())) {
                writer.add(
                        BackupKind.ACL,
                        role.getString("Name"),
                        new JsonObject().put("role", linked(role, picked(role, OF_ROLE))));
            }
        }
        HttpAnswer tokens = http.get("/v1/acl/tokens");
        if (isRead(tokens, "acl: tokens")) {
            for (JsonObject stub : AclText.objects(tokens.list())) {
                token(writer, stub.getString("AccessorID"));
            }
        }
    }

    private void token(BackupWriter writer, String accessor) throws IOException {
        HttpAnswer answer = http.get("/v1/acl/token/" + HttpConnection.encoded(accessor));
        String what = "acl: token " + accessor;
        if (answer.status() == 403 || !isRead(answer, what)) {
            // It has expired meanwhile, or was deleted.
            return;
        }
        JsonObject token = answer.object();
        if (token.getBoolean("Legacy", false)) {
            skipped.add(what + ": it is of before Consul 1.4, and the API makes no such token as it was");
        } else if (token.getString("SecretID", HIDDEN).equals(HIDDEN)) {
            skipped.add(what + ": the token that was shown may not see secrets (acl = \"write\")");
        } else {
            writer.add(BackupKind.ACL, accessor, new JsonObject().put("token", linked(token, picked(token, OF_TOKEN))));
        }
    }

    /** Links by name: ids are made by the cluster. */
    private static JsonObject linked(JsonObject from, JsonObject to) {
        for (String kind : new String[] {"Policies", "Roles"}) {
            JsonArray names = new JsonArray();
            AclText.objects(from.getJsonArray(kind, new JsonArray()))
                    .forEach(link -> names.add(new JsonObject().put("Name", link.getString("Name"))));
            if (!names.isEmpty()) {
                to.put(kind, names);
            }
        }
        return to;
    }
}
