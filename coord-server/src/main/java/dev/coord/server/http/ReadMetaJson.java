package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.http.QueryOptions.Consistency;
import java.io.IOException;

/** What some of Consul's answers say of themselves in their body, beside the headers. */
final class ReadMetaJson {

    private ReadMetaJson() {}

    /** Within an object. */
    static void write(JsonGenerator json, Exchange exchange, String consistency) throws IOException {
        boolean stale = exchange.options().consistency() == Consistency.STALE;
        json.writeNumberField("Index", 0);
        json.writeNumberField(
                "LastContact", stale ? exchange.backend().cluster().lastContactMillis() : 0);
        json.writeBooleanField(
                "KnownLeader", !stale || exchange.backend().cluster().leader().isPresent());
        json.writeStringField("ConsistencyLevel", consistency);
    }
}
