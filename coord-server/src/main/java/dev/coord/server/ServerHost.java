package dev.coord.server;

import java.util.function.Consumer;

/** The process around a server: what only it can do. Called from any thread. */
public interface ServerHost {

    /** A running server can't go on; told once. Whoever is told closes the server and ends the process. */
    void failed(String reason);

    /** The server has left its cluster and has no more to do; whoever is told closes it and ends the process. */
    void finished();

    /**
     * What the configuration says now.
     *
     * @throws StartupException if it can't be used
     */
    ServerConfig configuration();

    /** A configuration that was read again counts now: what the process itself does by it is to follow. Must not throw. */
    default void reconfigured(ServerConfig config) {}

    /** For a server that is part of another program: it can't be told to end, and its configuration does not change. */
    static ServerHost embedded(ServerConfig config, Consumer<String> failed) {
        return new ServerHost() {
            @Override
            public void failed(String reason) {
                failed.accept(reason);
            }

            @Override
            public void finished() {}

            @Override
            public ServerConfig configuration() {
                return config;
            }
        };
    }
}
