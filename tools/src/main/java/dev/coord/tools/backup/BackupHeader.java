package dev.coord.tools.backup;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a backup was made of.
 *
 * @param cluster its id; empty: the server did not say
 * @param datacenter its name
 * @param index of the newest change when it was begun
 * @param time when it was begun, ISO 8601
 * @param kinds which were asked for, by name
 * @param prefixes of keys; empty: all
 * @param writer the build that wrote it
 */
public record BackupHeader(
        String cluster,
        String datacenter,
        long index,
        String time,
        List<String> kinds,
        List<String> prefixes,
        String writer) {

    public BackupHeader {
        kinds = List.copyOf(kinds);
        prefixes = List.copyOf(prefixes);
    }

    public JsonObject json() {
        return new JsonObject()
                .put("cluster", cluster)
                .put("datacenter", datacenter)
                .put("index", index)
                .put("time", time)
                .put("kinds", new JsonArray(kinds))
                .put("prefixes", new JsonArray(prefixes))
                .put("writer", writer);
    }

    static BackupHeader of(JsonObject json) {
        return new BackupHeader(
                json.getString("cluster", ""),
                json.getString("datacenter", ""),
                json.getLong("index", 0L),
                json.getString("time", ""),
                texts(json.getJsonArray("kinds", new JsonArray())),
                texts(json.getJsonArray("prefixes", new JsonArray())),
                json.getString("writer", ""));
    }

    private static List<String> texts(JsonArray array) {
        return array.stream().map(String::valueOf).toList();
    }
}
