package dev.coord.tools;

import dev.coord.server.ServerConfig;
import dev.coord.server.StartupException;
import dev.coord.server.WatchDefinition;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watches of an agent's configuration, each on a thread of its own that waits in a blocking query to this very agent. A
 * handler that fails, or an agent that does not answer, is logged, and the watch goes on. Safe from any thread.
 */
final class ConfiguredWatches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredWatches.class);
    private static final HttpTransport.Tls PLAIN = new HttpTransport.Tls("", "", "", "", "", true);

    private final List<Thread> threads = new ArrayList<>();
    private List<WatchDefinition> kept = List.of();
    private boolean closed;

    /** Keeps these from now on; those that are kept already go on undisturbed when nothing has changed. */
    synchronized void keep(ServerConfig config) {
        if (closed || config.watches().equals(kept)) {
            return;
        }
        end();
        kept = config.watches();
        if (kept.isEmpty()) {
            return;
        }
        HttpTarget self = self(config);
        for (WatchDefinition watch : kept) {
            Thread thread = new Thread(() -> keep(watch, self), "coord-watch-" + watch.type());
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
        LOG.info("{} watches of the configuration are kept", kept.size());
    }

    private static HttpTarget self(ServerConfig config) {
        ServerConfig.Listen listen = config.http().stream()
                .filter(one -> one.isUnix() || one.port() > 0)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("watches without HTTP are refused when they are read"));
        if (listen.isUnix()) {
            return HttpTarget.of(listen.host(), false);
        }
        String host =
                switch (listen.host()) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::" -> "::1";
                    default -> listen.host();
                };
        return HttpTarget.of((host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + listen.port(), false);
    }

    private static void keep(WatchDefinition watch, HttpTarget self) {
        WatchedView view = WatchedView.valueOf(watch.type());
        String path = view.path(new WatchedView.WatchParameters(
                watch.key(),
                watch.prefix(),
                watch.service(),
                watch.tags(),
                watch.passingOnly(),
                watch.state(),
                watch.name()));
        WatchHandler handler = WatchHandler.of(watch);
        try (HttpTransport http = new HttpTransport(List.of(self), PLAIN, watch.token(), "")) {
            new WatchLoop(http::get, http::await, why -> LOG.warn("{}: {}", watch, why))
                    .follow(view, path, (shown, index) -> {
                        handler.handle(shown, index);
                        return true;
                    });
        } catch (InterruptedException | StartupException e) {
            // Interrupted is how it ends, also where it waits for an answer.
            LOG.debug("{} has ended: {}", watch, e.toString());
        }
    }

    private void end() {
        threads.forEach(Thread::interrupt);
        threads.clear();
    }

    /** Ends all; a handler that runs is ended, too. */
    @Override
    public synchronized void close() {
        closed = true;
        end();
    }
}
