package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CatalogEntries.TaggedAddress;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** Nodes and services as Consul shows them, with every field that it gives, in its order. */
final class CatalogJson {

    private CatalogJson() {}

    /** As in {@code /v1/catalog/nodes} and wherever a node stands on its own. */
    static void node(JsonGenerator json, NodeEntry node) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", node.id());
        json.writeStringField("Node", node.name());
        json.writeStringField("Address", node.address());
        json.writeStringField("Datacenter", node.datacenter());
        json.writeFieldName("TaggedAddresses");
        mapOrNull(json, node.taggedAddresses());
        json.writeFieldName("Meta");
        mapOrNull(json, node.meta());
        indexes(json, node.createIndex(), node.modifyIndex());
        json.writeEndObject();
    }

    /** As in {@code /v1/catalog/node/} and {@code /v1/health/service/}: a service inside its node. */
    static void service(JsonGenerator json, ServiceEntry service) throws IOException {
        service(json, service, false);
    }

    /** @param emptyIsNull no tags are {@code null}, as transactions and the user interface have it */
    static void service(JsonGenerator json, ServiceEntry service, boolean emptyIsNull) throws IOException {
        json.writeStartObject();
        if (!service.kind().isEmpty()) {
            json.writeStringField("Kind", service.kind());
        }
        json.writeStringField("ID", service.id());
        json.writeStringField("Service", service.name());
        json.writeFieldName("Tags");
        strings(json, service.tags(), emptyIsNull);
        json.writeStringField("Address", service.address());
        if (!service.taggedAddresses().isEmpty()) {
            json.writeFieldName("TaggedAddresses");
            taggedAddresses(json, service.taggedAddresses());
        }
        json.writeFieldName("Meta");
        mapOrNull(json, service.meta());
        json.writeNumberField("Port", service.port());
        json.writeFieldName("Weights");
        weights(json, service);
        json.writeBooleanField("EnableTagOverride", service.enableTagOverride());
        json.writeFieldName("Proxy");
        noProxy(json);
        json.writeFieldName("Connect");
        emptyObject(json);
        indexes(json, service.createIndex(), service.modifyIndex());
        json.writeEndObject();
    }

    /** As in {@code /v1/catalog/service/}: a service and its node in one flat object. */
    static void serviceOnNode(JsonGenerator json, NodeEntry node, ServiceEntry service) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", node.id());
        json.writeStringField("Node", node.name());
        json.writeStringField("Address", node.address());
        json.writeStringField("Datacenter", node.datacenter());
        json.writeFieldName("TaggedAddresses");
        mapOrNull(json, node.taggedAddresses());
        json.writeFieldName("NodeMeta");
        mapOrNull(json, node.meta());
        json.writeStringField("ServiceKind", service.kind());
        json.writeStringField("ServiceID", service.id());
        json.writeStringField("ServiceName", service.name());
        json.writeFieldName("ServiceTags");
        strings(json, service.tags());
        json.writeStringField("ServiceAddress", service.address());
        if (!service.taggedAddresses().isEmpty()) {
            json.writeFieldName("ServiceTaggedAddresses");
            taggedAddresses(json, service.taggedAddresses());
        }
        json.writeFieldName("ServiceWeights");
        weights(json, service);
        json.writeFieldName("ServiceMeta");
        map(json, service.meta());
        json.writeNumberField("ServicePort", service.port());
        json.writeBooleanField("ServiceEnableTagOverride", service.enableTagOverride());
        json.writeFieldName("ServiceProxy");
        noProxy(json);
        json.writeFieldName("ServiceConnect");
        emptyObject(json);
        indexes(json, service.createIndex(), service.modifyIndex());
        json.writeEndObject();
    }

    static void strings(JsonGenerator json, Collection<String> texts) throws IOException {
        json.writeStartArray();
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    static void strings(JsonGenerator json, Collection<String> texts, boolean emptyIsNull) throws IOException {
        if (emptyIsNull && texts.isEmpty()) {
            json.writeNull();
        } else {
            strings(json, texts);
        }
    }

    /** By key, as Go writes maps. */
    static void map(JsonGenerator json, Map<String, String> map) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, String> entry : new TreeMap<>(map).entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    static void indexes(JsonGenerator json, long create, long modify) throws IOException {
        json.writeNumberField("CreateIndex", create);
        json.writeNumberField("ModifyIndex", modify);
    }

    static void mapOrNull(JsonGenerator json, Map<String, String> map) throws IOException {
        if (map.isEmpty()) {
            json.writeNull();
        } else {
            map(json, map);
        }
    }

    private static void taggedAddresses(JsonGenerator json, Map<String, TaggedAddress> addresses) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, TaggedAddress> entry : new TreeMap<>(addresses).entrySet()) {
            json.writeObjectFieldStart(entry.getKey());
            json.writeStringField("Address", entry.getValue().address());
            json.writeNumberField("Port", entry.getValue().port());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void weights(JsonGenerator json, ServiceEntry service) throws IOException {
        json.writeStartObject();
        json.writeNumberField("Passing", service.weightPassing());
        json.writeNumberField("Warning", service.weightWarning());
        json.writeEndObject();
    }

    /** The mesh's fields: there for clients that insist on them, always empty. */
    private static void noProxy(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeFieldName("MeshGateway");
        emptyObject(json);
        json.writeFieldName("Expose");
        emptyObject(json);
        json.writeEndObject();
    }

    private static void emptyObject(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeEndObject();
    }
}
