package dev.coord.server.http;

import dev.coord.api.storage.v1.PreparedQuery;
import dev.coord.server.query.PreparedQueries;
import dev.coord.server.query.QueryException;
import java.util.OptionalLong;

/** Makes a prepared query of what a client sent, and refuses, in Consul's words, what could never be run. */
final class QueryRequest {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private QueryRequest() {}

    static PreparedQuery read(JsonBody body, String id) {
        PreparedQuery.Builder query = PreparedQuery.newBuilder()
                .setId(id)
                .setName(body.string("Name"))
                .setSession(body.string("Session"))
                .setToken(body.string("Token"));
        body.object("Template").ifPresent(template -> query.setTemplateType(template.string("Type"))
                .setTemplateRegexp(template.string("Regexp"))
                .setTemplateRemoveEmptyTags(template.bool("RemoveEmptyTags")));
        body.object("Service").ifPresent(service -> service(query, service));
        body.object("DNS").ifPresent(dns -> ttl(query, dns.string("TTL")));
        return checked(query.build());
    }

    private static void service(PreparedQuery.Builder query, JsonBody service) {
        query.setService(service.string("Service"))
                .setOnlyPassing(service.bool("OnlyPassing"))
                .setNear(service.string("Near"))
                .addAllTags(service.strings("Tags"))
                .putAllNodeMeta(service.stringMap("NodeMeta"))
                .putAllServiceMeta(service.stringMap("ServiceMeta"))
                .setConnect(service.bool("Connect"))
                .addAllIgnoreCheckIds(service.strings("IgnoreCheckIDs"));
        service.object("Failover").ifPresent(failover -> {
            int nearest = failover.integer("NearestN", 0);
            if (nearest < 0) {
                throw invalid("Bad NearestN '" + nearest + "', must be >= 0");
            }
            query.setFailoverNearestN(nearest).addAllFailoverDatacenters(failover.strings("Datacenters"));
        });
    }

    private static void ttl(PreparedQuery.Builder query, String ttl) {
        if (ttl.isEmpty()) {
            return;
        }
        OptionalLong nanos = GoDuration.parseNanos(ttl);
        if (nanos.isEmpty()) {
            throw invalid("Bad DNS TTL '" + ttl + "': time: invalid duration \"" + ttl + "\"");
        }
        if (nanos.getAsLong() < 0) {
            throw invalid("DNS TTL '" + nanos.getAsLong() + "', must be >=0");
        }
        query.setDnsTtl(ttl).setDnsTtlMs(nanos.getAsLong() / NANOS_PER_MILLI);
    }

    private static PreparedQuery checked(PreparedQuery query) {
        try {
            PreparedQueries.validate(query);
        } catch (QueryException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
        try {
            PreparedQueries.validateTemplate(query);
        } catch (QueryException e) {
            throw HttpError.internal(String.valueOf(e.getMessage()));
        }
        return query;
    }

    private static HttpError invalid(String why) {
        return HttpError.internal("Invalid prepared query: " + why);
    }
}
