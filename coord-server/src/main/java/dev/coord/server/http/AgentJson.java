package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Local services and checks as a Consul agent shows them: other fields, in another order, than the catalog. */
final class AgentJson {

    private AgentJson() {}

    /** @param contentHash null: leave that field out */
    static void service(JsonGenerator json, ServiceEntry service, @Nullable String contentHash) throws IOException {
        json.writeStartObject();
        if (!service.kind().isEmpty()) {
            json.writeStringField("Kind", service.kind());
        }
        json.writeStringField("ID", service.id());
        json.writeStringField("Service", service.name());
        json.writeFieldName("Tags");
        CatalogJson.strings(json, service.tags());
        json.writeFieldName("Meta");
        CatalogJson.map(json, service.meta());
        json.writeNumberField("Port", service.port());
        json.writeStringField("Address", service.address());
        if (!service.taggedAddresses().isEmpty()) {
            taggedAddresses(json, service.taggedAddresses());
        }
        json.writeObjectFieldStart("Weights");
        json.writeNumberField("Passing", service.weightPassing());
        json.writeNumberField("Warning", service.weightWarning());
        json.writeEndObject();
        json.writeBooleanField("EnableTagOverride", service.enableTagOverride());
        if (contentHash != null) {
            json.writeStringField("ContentHash", contentHash);
        }
        json.writeEndObject();
    }

    private static void taggedAddresses(JsonGenerator json, Map<String, TaggedAddress> addresses) throws IOException {
        json.writeObjectFieldStart("TaggedAddresses");
        for (Map.Entry<String, TaggedAddress> entry : new TreeMap<>(addresses).entrySet()) {
            json.writeObjectFieldStart(entry.getKey());
            json.writeStringField("Address", entry.getValue().address());
            json.writeNumberField("Port", entry.getValue().port());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** As in {@code /v1/agent/checks}. */
    static void check(JsonGenerator json, CheckEntry check) throws IOException {
        beginCheck(json, check);
        CatalogJson.strings(json, check.serviceTags());
        json.writeStringField("Type", check.type());
        json.writeObjectFieldStart("Definition");
        json.writeEndObject();
        endCheck(json);
    }

    /** As in {@code /v1/agent/health/service/}, where Consul leaves the type out and writes the definition in full. */
    static void checkInHealth(JsonGenerator json, CheckEntry check) throws IOException {
        beginCheck(json, check);
        if (check.serviceTags().isEmpty()) {
            json.writeNull();
        } else {
            CatalogJson.strings(json, check.serviceTags());
        }
        json.writeStringField("Type", "");
        json.writeObjectFieldStart("Definition");
        json.writeStringField("Interval", "0s");
        json.writeStringField("Timeout", "0s");
        json.writeStringField("DeregisterCriticalServiceAfter", "0s");
        json.writeStringField("HTTP", "");
        json.writeNullField("Header");
        json.writeStringField("Method", "");
        json.writeStringField("Body", "");
        json.writeBooleanField("TLSSkipVerify", false);
        json.writeStringField("TCP", "");
        json.writeEndObject();
        endCheck(json);
    }

    private static void beginCheck(JsonGenerator json, CheckEntry check) throws IOException {
        json.writeStartObject();
        json.writeStringField("Node", check.node());
        json.writeStringField("CheckID", check.id());
        json.writeStringField("Name", check.name());
        json.writeStringField("Status", check.status().text());
        json.writeStringField("Notes", check.notes());
        json.writeStringField("Output", check.output());
        json.writeStringField("ServiceID", check.serviceId() == null ? "" : check.serviceId());
        json.writeStringField("ServiceName", check.serviceName());
        json.writeFieldName("ServiceTags");
    }

    private static void endCheck(JsonGenerator json) throws IOException {
        json.writeNumberField("CreateIndex", 0);
        json.writeNumberField("ModifyIndex", 0);
        json.writeEndObject();
    }
}
