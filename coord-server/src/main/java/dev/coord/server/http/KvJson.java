package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.state.KvEntry;
import java.io.IOException;

/** A key as Consul shows it. */
final class KvJson {

    private KvJson() {}

    /** An empty value is null, as from Consul. */
    static void write(JsonGenerator json, KvEntry entry) throws IOException {
        json.writeStartObject();
        json.writeNumberField("LockIndex", entry.lockIndex());
        json.writeStringField("Key", entry.key());
        json.writeFieldName("Flags");
        if (entry.flags() >= 0) {
            json.writeNumber(entry.flags());
        } else {
            json.writeNumber(Long.toUnsignedString(entry.flags()));
        }
        if (entry.value().isEmpty()) {
            json.writeNullField("Value");
        } else {
            json.writeBinaryField("Value", entry.value().toByteArray());
        }
        if (entry.session() != null) {
            json.writeStringField("Session", entry.session());
        }
        json.writeNumberField("CreateIndex", entry.createIndex());
        json.writeNumberField("ModifyIndex", entry.modifyIndex());
        json.writeEndObject();
    }
}
