package dev.coord.tools;

import com.google.protobuf.ByteString;
import dev.coord.client.KvEntry;
import java.util.Base64;

/** Entries as the command line writes them. */
final class KvText {

    /** Longer values are cut in lists and watches. */
    private static final int VALUE_CHARS_MAX = 80;

    private KvText() {}

    static String json(KvEntry entry) {
        return write(new JsonText().object(), entry).end().toString();
    }

    /** The fields of an entry. A value that is no text comes as {@code value_base64}. */
    static JsonText write(JsonText json, KvEntry entry) {
        json.put("key", entry.key());
        if (entry.value().isValidUtf8()) {
            json.put("value", entry.value().toStringUtf8());
        } else {
            json.put(
                    "value_base64",
                    Base64.getEncoder().encodeToString(entry.value().toByteArray()));
        }
        json.put("flags", Long.toUnsignedString(entry.flags()))
                .put("create_revision", entry.createRevision())
                .put("modify_revision", entry.modifyRevision())
                .put("lock_index", entry.lockIndex());
        entry.session().ifPresent(session -> json.put("session", session));
        return json;
    }

    /** A value on one line. */
    static String line(ByteString value) {
        if (!value.isValidUtf8()) {
            return "(" + value.size() + " bytes)";
        }
        String text = value.toStringUtf8().replace("\n", "\\n").replace("\r", "\\r");
        return text.length() <= VALUE_CHARS_MAX ? text : text.substring(0, VALUE_CHARS_MAX) + " ...";
    }
}
