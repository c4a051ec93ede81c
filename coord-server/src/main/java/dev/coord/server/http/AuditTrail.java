package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.audit.AuditEvent;
import dev.coord.server.audit.AuditLog;
import io.vertx.core.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Writes down each HTTP request: when it comes, before anything is done, and when it is answered. On the event loops. */
final class AuditTrail {

    /** Paths of before Consul 1.4, which end with a secret. */
    private static final List<String> SECRET_PATHS =
            List.of("/v1/acl/info/", "/v1/acl/destroy/", "/v1/acl/clone/", "/v1/acl/update/");

    private final AuditLog log;

    AuditTrail(AuditLog log) {
        this.log = log;
    }

    void follow(Exchange exchange) {
        AuditEvent come = new AuditEvent(
                Instant.now(),
                UUID.randomUUID().toString(),
                false,
                "HTTP",
                accessor(exchange),
                from(exchange),
                exchange.method(),
                shown(exchange.path()),
                "");
        log.record(come);
        exchange.request()
                .response()
                .endHandler(ended -> log.record(come.completed(
                        Instant.now(),
                        String.valueOf(exchange.request().response().getStatusCode()))));
    }

    private static String accessor(Exchange exchange) {
        try {
            return exchange.accessor();
        } catch (AccessException e) {
            return AuditEvent.UNKNOWN;
        }
    }

    private static String from(Exchange exchange) {
        SocketAddress address = exchange.request().remoteAddress();
        return address == null || address.hostAddress() == null
                ? "a unix socket"
                : address.hostAddress() + ":" + address.port();
    }

    /** Without the query, in which a token may stand. */
    static String shown(String path) {
        for (String secret : SECRET_PATHS) {
            if (path.startsWith(secret)) {
                return secret + "(hidden)";
            }
        }
        return path;
    }
}
