package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checks as Consul's catalog shows them. */
final class CheckJson {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private CheckJson() {}

    static void list(JsonGenerator json, List<CheckEntry> checks) throws IOException {
        json.writeStartArray();
        for (CheckEntry check : checks) {
            write(json, check);
        }
        json.writeEndArray();
    }

    static void write(JsonGenerator json, CheckEntry check) throws IOException {
        write(json, check, false);
    }

    /** @param emptyIsNull no tags are {@code null}, as transactions and the user interface have it */
    static void write(JsonGenerator json, CheckEntry check, boolean emptyIsNull) throws IOException {
        String serviceId = check.serviceId();
        json.writeStartObject();
        json.writeStringField("Node", check.node());
        json.writeStringField("CheckID", check.id());
        json.writeStringField("Name", check.name());
        json.writeStringField("Status", check.status().text());
        json.writeStringField("Notes", check.notes());
        json.writeStringField("Output", check.output());
        json.writeStringField("ServiceID", serviceId == null ? "" : serviceId);
        json.writeStringField("ServiceName", check.serviceName());
        json.writeFieldName("ServiceTags");
        CatalogJson.strings(json, check.serviceTags(), emptyIsNull);
        json.writeStringField("Type", check.type());
        json.writeFieldName("Definition");
        // How agents are kept alive is no business of clients.
        definition(json, ServerNode.isAgentCheck(check) ? null : check.definition());
        CatalogJson.indexes(json, check.createIndex(), check.modifyIndex());
        json.writeEndObject();
    }

    /** Only what was set; the TTL alone as a number of nanoseconds, as Consul has it. */
    static void definition(JsonGenerator json, @Nullable CheckDefinition definition) throws IOException {
        json.writeStartObject();
        if (definition != null) {
            duration(json, "Interval", definition.intervalMillis());
            duration(json, "Timeout", definition.timeoutMillis());
            duration(json, "DeregisterCriticalServiceAfter", definition.deregisterCriticalServiceAfterMillis());
            text(json, "HTTP", definition.http());
            if (definition.tlsSkipVerify()) {
                json.writeBooleanField("TLSSkipVerify", true);
            }
            header(json, definition.header());
            text(json, "Method", definition.method());
            text(json, "Body", definition.body());
            text(json, "TCP", definition.tcp());
            if (definition.ttlMillis() != 0) {
                json.writeNumberField("TTL", definition.ttlMillis() * NANOS_PER_MILLI);
            }
            text(json, "GRPC", definition.grpc());
        }
        json.writeEndObject();
    }

    private static void duration(JsonGenerator json, String name, long millis) throws IOException {
        if (millis != 0) {
            json.writeStringField(name, GoDuration.format(millis * NANOS_PER_MILLI));
        }
    }

    private static void text(JsonGenerator json, String name, String text) throws IOException {
        if (!text.isEmpty()) {
            json.writeStringField(name, text);
        }
    }

    private static void header(JsonGenerator json, Map<String, List<String>> header) throws IOException {
        if (!header.isEmpty()) {
            json.writeObjectFieldStart("Header");
            for (Map.Entry<String, List<String>> entry : new TreeMap<>(header).entrySet()) {
                json.writeFieldName(entry.getKey());
                CatalogJson.strings(json, entry.getValue());
            }
            json.writeEndObject();
        }
    }
}
