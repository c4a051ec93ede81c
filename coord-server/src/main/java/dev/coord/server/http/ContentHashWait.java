package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import dev.coord.server.agent.LocalAgent;
import dev.coord.server.agent.ServiceWaiters;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.watch.BlockingQuery;
import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A client that knows a local service by its hash and waits until it looks different, is gone, or the wait is over. On the
 * event loop of its exchange.
 */
final class ContentHashWait {

    /** The wait is drawn out by up to this part of it, so that clients that began together do not come back together. */
    private static final int JITTER_PART = 16;

    private final Exchange exchange;
    private final LocalAgent agent;
    private final String knownHash;
    private final Vertx vertx = Vertx.currentContext().owner();

    private ServiceWaiters.@Nullable Waiting waiting;
    private long timer;
    private boolean over;

    ContentHashWait(Exchange exchange, LocalAgent agent, String knownHash) {
        this.exchange = exchange;
        this.agent = agent;
        this.knownHash = knownHash;
    }

    void begin() {
        long asked = exchange.options().waitMillis();
        long waitMillis = asked == 0 ? BlockingQuery.WAIT_MILLIS_DEFAULT : asked;
        long jitter = ThreadLocalRandom.current().nextLong(waitMillis / JITTER_PART + 1);
        timer = vertx.setTimer(waitMillis + jitter, ignored -> exchange.guarded(() -> end(service())));
        exchange.onGone(this::stop);
        look();
    }

    private void look() {
        if (over) {
            return;
        }
        waiting = agent.await(exchange.rest(), () -> exchange.later(this::look));
        ServiceEntry service = service();
        if (service == null || !AgentServiceEndpoint.contentHash(service).equals(knownHash)) {
            end(service);
        }
    }

    private @Nullable ServiceEntry service() {
        return agent.local().service(exchange.rest());
    }

    private void end(@Nullable ServiceEntry service) {
        if (over) {
            return;
        }
        stop();
        if (service == null) {
            throw AgentServiceEndpoint.unknown(exchange.rest());
        }
        exchange.forgetAuthorizer();
        exchange.whenTokenKnown(() -> {
            exchange.authorizer().requireRead(Resource.SERVICE, service.name());
            AgentServiceEndpoint.answer(exchange, service);
        });
    }

    private void stop() {
        over = true;
        vertx.cancelTimer(timer);
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
