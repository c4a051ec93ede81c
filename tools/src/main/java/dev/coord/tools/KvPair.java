package dev.coord.tools;

import com.google.protobuf.ByteString;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A key as the HTTP API answers it. Numbers as they are written, for flags have all 64 bits. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record KvPair(
        String key,
        byte[] value,
        String flags,
        String createIndex,
        String modifyIndex,
        String lockIndex,
        String session) {

    static KvPair of(JsonObject json) {
        return new KvPair(
                json.getString("Key"),
                bytes(json.getString("Value")),
                String.valueOf(json.getValue("Flags")),
                String.valueOf(json.getValue("CreateIndex")),
                String.valueOf(json.getValue("ModifyIndex")),
                String.valueOf(json.getValue("LockIndex")),
                json.getString("Session", ""));
    }

    /** What was found; nothing where there is no such key. */
    static List<KvPair> all(HttpAnswer answer) {
        List<KvPair> pairs = new ArrayList<>();
        if (!answer.isMissing()) {
            AclText.objects(answer.orFail().list()).forEach(json -> pairs.add(of(json)));
        }
        return pairs;
    }

    /** @return the path of a key in the API */
    static String path(String key) {
        return "/v1/kv/" + HttpConnection.encoded(key);
    }

    private static byte[] bytes(String base64) {
        return base64 == null ? new byte[0] : Base64.getDecoder().decode(base64);
    }

    byte[] valueAs(boolean base64) {
        return base64 ? JsonText.base64(value).getBytes(StandardCharsets.US_ASCII) : value;
    }

    /** One field a line, as {@code kv get -detailed} prints them; before the value's own bytes. */
    String details() {
        return "CreateIndex      " + createIndex + "\nFlags            " + flags + "\nKey              " + key
                + "\nLockIndex        " + lockIndex + "\nModifyIndex      " + modifyIndex + "\nSession          "
                + (session.isEmpty() ? "-" : session) + "\nValue            ";
    }

    /** The same fields as {@code kv list --json}. */
    String json() {
        JsonText json = new JsonText().object().put("key", key);
        ByteString bytes = ByteString.copyFrom(value);
        if (bytes.isValidUtf8()) {
            json.put("value", bytes.toStringUtf8());
        } else {
            json.put("value_base64", JsonText.base64(value));
        }
        json.put("flags", flags)
                .put("create_revision", Long.parseLong(createIndex))
                .put("modify_revision", Long.parseLong(modifyIndex))
                .put("lock_index", Long.parseLong(lockIndex));
        if (!session.isEmpty()) {
            json.put("session", session);
        }
        return json.end().toString();
    }
}
