package dev.coord.server.audit;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * One step of one request. Holds no secret.
 *
 * @param at when
 * @param request joins the steps of one request
 * @param complete false: it has come; true: it was answered
 * @param protocol HTTP or gRPC
 * @param accessor of the caller's token; empty: there are no tokens; {@link #UNKNOWN}: no such token
 * @param from the caller's address
 * @param operation an HTTP method; of gRPC the method's full name
 * @param target a path, or what the message names
 * @param status of the answer; empty: there is none yet
 */
public record AuditEvent(
        Instant at,
        String request,
        boolean complete,
        String protocol,
        String accessor,
        String from,
        String operation,
        String target,
        String status) {

    public static final String UNKNOWN = "unknown";

    /** The same request, answered. */
    public AuditEvent completed(Instant when, String with) {
        return new AuditEvent(when, request, true, protocol, accessor, from, operation, target, with);
    }

    /** The same request, once it is known what it is about. */
    public AuditEvent about(Instant when, String what) {
        return new AuditEvent(when, request, false, protocol, accessor, from, operation, what, "");
    }

    /** In the shape of Consul Enterprise's audit events, without a line end. */
    String json() {
        JsonObject payload = new JsonObject()
                .put("id", request)
                .put("version", "1")
                .put("type", protocol + "Event")
                .put("timestamp", at.toString())
                .put("auth", new JsonObject().put("accessor_id", accessor))
                .put(
                        "request",
                        new JsonObject()
                                .put("operation", operation)
                                .put("endpoint", target)
                                .put("remote_addr", from))
                .put("stage", complete ? "OperationComplete" : "OperationStart");
        if (complete) {
            payload.put("response", new JsonObject().put("status", status));
        }
        return new JsonObject()
                .put("created_at", at.toString())
                .put("event_type", "audit")
                .put("payload", payload)
                .encode();
    }
}
