package dev.coord.tools;

import dev.coord.tools.backup.BackupKind;
import dev.coord.tools.backup.Piece;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings a backup's records into a running cluster over its HTTP API. What is there already and equal stays as it is, so all of it
 * may be done again; what is not in the backup stays, too. What can't be brought in is told, and the rest goes on.
 */
final class BackupTarget {

    private static final int TRANSACTION_OPERATIONS = 64;
    /** What a server takes, as long as limits.txn_max_req_len does not say more, bytes of JSON; with room for brackets. */
    private static final int TRANSACTION_BYTES = 1024 * 1024 - 1024;

    private final PatientHttp http;
    private final Set<BackupKind> kinds;
    private final List<String> prefixes;
    private final boolean dryRun;
    private final Consumer<String> failed;
    private final Map<BackupKind, Long> counts = new EnumMap<>(BackupKind.class);
    /** Ids by name, as this cluster has them; filled at the first one of their kind. */
    private final Map<String, Map<String, String>> ids = new HashMap<>();

    private JsonArray operations = new JsonArray();
    private int operationBytes;
    private String firstKey = "";
    private String lastKey = "";

    /**
     * @param prefixes of keys; empty: all
     * @param dryRun counts, and asks the cluster for nothing
     * @param failed is told in words of each thing that could not be brought in
     */
    BackupTarget(
            PatientHttp http, Set<BackupKind> kinds, List<String> prefixes, boolean dryRun, Consumer<String> failed) {
        this.http = http;
        this.kinds = kinds;
        this.prefixes = prefixes;
        this.dryRun = dryRun;
        this.failed = failed;
    }

    /** How many were brought in, or would have been. */
    Map<BackupKind, Long> counts() {
        return Map.copyOf(counts);
    }

    void put(Piece.Chunk chunk) {
        if (!kinds.contains(chunk.kind())) {
            return;
        }
        for (JsonObject record : chunk.records()) {
            switch (chunk.kind()) {
                case KV -> key(record);
                case CATALOG -> registration(record);
                case FLAGS -> flags(record);
                case ACL -> acl(record);
                default -> throw new IllegalStateException("a kind that nobody writes: " + chunk.kind());
            }
        }
        finish();
    }

    private void done(BackupKind kind, long count) {
        counts.merge(kind, count, Long::sum);
    }

    private boolean isDone(HttpAnswer answer, BackupKind kind, String what) {
        if (answer.isSuccess()) {
            done(kind, 1);
            return true;
        }
        failed.accept(kind.text() + ": " + what + ": " + answer.status() + " "
                + answer.text().strip());
        return false;
    }

    // ---- keys

    private void key(JsonObject record) {
        String key = record.getString("key");
        if (!prefixes.isEmpty() && prefixes.stream().noneMatch(key::startsWith)) {
            return;
        }
        if (dryRun) {
            done(BackupKind.KV, 1);
            return;
        }
        JsonObject operation = new JsonObject()
                .put(
                        "KV",
                        new JsonObject()
                                .put("Verb", "set")
                                .put("Key", key)
                                .put("Flags", record.getValue("flags"))
                                .put("Value", record.getString("value")));
        int bytes = Buffer.buffer(operation.encode()).length() + 1;
        if (bytes > TRANSACTION_BYTES) {
            alone(record);
            return;
        }
        if (operations.size() == TRANSACTION_OPERATIONS || operationBytes + bytes > TRANSACTION_BYTES) {
            finish();
        }
        if (operations.isEmpty()) {
            firstKey = key;
        }
        operations.add(operation);
        operationBytes += bytes;
        lastKey = key;
    }

    /** A value that no transaction takes. */
    private void alone(JsonObject record) {
        String key = record.getString("key");
        byte[] value = Base64.getDecoder().decode(record.getString("value"));
        String path = HttpConnection.with(KvPair.path(key), "flags", String.valueOf(record.getValue("flags")));
        isDone(http.call("PUT", path, Buffer.buffer(value)), BackupKind.KV, "key \"" + key + "\"");
    }

    /** Sends the keys that are gathered. */
    private void finish() {
        if (operations.isEmpty()) {
            return;
        }
        HttpAnswer answer = http.call("PUT", "/v1/txn", Buffer.buffer(operations.encode()));
        if (answer.isSuccess()) {
            done(BackupKind.KV, operations.size());
        } else {
            failed.accept("kv: " + Figures.count(operations.size(), "key", "keys") + " from \"" + firstKey + "\" to \""
                    + lastKey + "\": " + answer.status() + " " + answer.text().strip());
        }
        operations = new JsonArray();
        operationBytes = 0;
    }

    // ---- catalog and flags

    private void registration(JsonObject record) {
        if (dryRun) {
            done(BackupKind.CATALOG, 1);
            return;
        }
        JsonObject service = record.getJsonObject("Service");
        String what = "node \"" + record.getString("Node") + "\""
                + (service == null ? "" : ", service \"" + service.getString("ID") + "\"");
        isDone(put("/v1/catalog/register", record), BackupKind.CATALOG, what);
    }

    private void flags(JsonObject record) {
        if (dryRun) {
            done(BackupKind.FLAGS, 1);
            return;
        }
        String set = record.getString("set");
        String path = HttpConnection.with("/v1/flags/" + HttpConnection.encoded(set), "author", "coord backup restore");
        isDone(put(path, record.getJsonObject("document")), BackupKind.FLAGS, "set \"" + set + "\"");
    }

    private HttpAnswer put(String path, JsonObject body) {
        return http.call("PUT", path, Buffer.buffer(body.encode()));
    }

    // ---- ACL

    private void acl(JsonObject record) {
        if (dryRun) {
            done(BackupKind.ACL, 1);
            return;
        }
        if (record.containsKey("token")) {
            token(record.getJsonObject("token"));
        } else if (record.containsKey("role")) {
            named("role", "/v1/acl/roles", record.getJsonObject("role"));
        } else {
            named("policy", "/v1/acl/policies", record.getJsonObject("policy"));
        }
    }

    /** What has a name is changed where that name is, and made where it is not: ids are the cluster's own. */
    private void named(String kind, String list, JsonObject record) {
        String name = record.getString("Name");
        Map<String, String> known = ids.computeIfAbsent(kind, any -> known(list));
        String id = known.get(name);
        String path = "/v1/acl/" + kind + (id == null ? "" : "/" + id);
        HttpAnswer answer = put(path, record);
        if (isDone(answer, BackupKind.ACL, kind + " \"" + name + "\"") && id == null) {
            known.put(name, answer.object().getString("ID"));
        }
    }

    /** Of none where they may not be read: then each is refused in words. */
    private Map<String, String> known(String list) {
        Map<String, String> known = new HashMap<>();
        HttpAnswer answer = http.get(list);
        if (answer.isSuccess()) {
            AclText.objects(answer.list()).forEach(entry -> known.put(entry.getString("Name"), entry.getString("ID")));
        }
        return known;
    }

    private void token(JsonObject record) {
        String accessor = record.getString("AccessorID");
        String path = "/v1/acl/token/" + HttpConnection.encoded(accessor);
        boolean there = http.get(path).isSuccess();
        isDone(put(there ? path : "/v1/acl/token", record), BackupKind.ACL, "token " + accessor);
    }
}
