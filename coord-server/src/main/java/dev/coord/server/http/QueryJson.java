package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.api.storage.v1.PreparedQuery;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A prepared query as Consul shows it. */
final class QueryJson {

    private QueryJson() {}

    static void write(JsonGenerator json, PreparedQuery query) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", query.getId());
        json.writeStringField("Name", query.getName());
        json.writeStringField("Session", query.getSession());
        json.writeStringField("Token", query.getToken());
        json.writeObjectFieldStart("Template");
        json.writeStringField("Type", query.getTemplateType());
        json.writeStringField("Regexp", query.getTemplateRegexp());
        json.writeBooleanField("RemoveEmptyTags", query.getTemplateRemoveEmptyTags());
        json.writeEndObject();
        service(json, query);
        dns(json, query);
        CatalogJson.indexes(json, query.getCreateRevision(), query.getModifyRevision());
        json.writeEndObject();
    }

    /** Within an object. */
    static void dns(JsonGenerator json, PreparedQuery query) throws IOException {
        json.writeObjectFieldStart("DNS");
        json.writeStringField("TTL", query.getDnsTtl());
        json.writeEndObject();
    }

    private static void service(JsonGenerator json, PreparedQuery query) throws IOException {
        json.writeObjectFieldStart("Service");
        json.writeStringField("Service", query.getService());
        json.writeObjectFieldStart("Failover");
        json.writeNumberField("NearestN", query.getFailoverNearestN());
        strings(json, "Datacenters", query.getFailoverDatacentersList());
        json.writeEndObject();
        json.writeBooleanField("OnlyPassing", query.getOnlyPassing());
        strings(json, "IgnoreCheckIDs", query.getIgnoreCheckIdsList());
        json.writeStringField("Near", query.getNear());
        strings(json, "Tags", query.getTagsList());
        meta(json, "NodeMeta", query.getNodeMetaMap());
        meta(json, "ServiceMeta", query.getServiceMetaMap());
        json.writeBooleanField("Connect", query.getConnect());
        json.writeEndObject();
    }

    private static void strings(JsonGenerator json, String name, List<String> texts) throws IOException {
        json.writeFieldName(name);
        CatalogJson.strings(json, texts, true);
    }

    private static void meta(JsonGenerator json, String name, Map<String, String> pairs) throws IOException {
        json.writeFieldName(name);
        CatalogJson.mapOrNull(json, pairs);
    }
}
