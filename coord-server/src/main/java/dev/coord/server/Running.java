package dev.coord.server;

import java.util.concurrent.CompletableFuture;

/** A server, or an agent that is none, from its start to its end. Safe from any thread. */
public interface Running extends AutoCloseable {

    /** Starts what the configuration asks for; as {@link CoordServer#start} and {@link CoordAgent#start}. */
    static Running start(ServerConfig config, ServerHost host) {
        return config.server() ? CoordServer.start(config, host) : CoordAgent.start(config, host);
    }

    /** What it was started with. */
    ServerConfig config();

    /**
     * Reads the configuration again and applies what can change while running: services, checks, limits, the log's level,
     * certificates.
     *
     * @return fails, and then nothing changed, with a message that says why
     */
    CompletableFuture<Void> reload();

    /** Leaves the cluster; {@link #close} is to follow. */
    CompletableFuture<Void> leave();

    /** Stops everything. Idempotent. */
    @Override
    void close();
}
