package dev.coord.tools;

import dev.coord.server.CoordServer;
import dev.coord.server.ExitCode;
import dev.coord.server.LogSetup;
import dev.coord.server.ServerConfig;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Runs a server for as long as the process lives. SIGINT and SIGTERM stop it cleanly with status 0; a fatal failure ends the
 * process with a line that says why. Used once.
 */
final class ServerRun {

    /** A signal during a start waits for it this long. */
    private static final int START_SECONDS_MAX = 30;

    private final PrintWriter err;
    private final Runnable afterStop;
    // Written by the main thread before it exits by itself, read by the shutdown hook.
    private final AtomicInteger status = new AtomicInteger(ExitCode.OK.status());

    /** @param afterStop run when the server has stopped, on whichever thread stops it */
    ServerRun(PrintWriter err, Runnable afterStop) {
        this.err = err;
        this.afterStop = afterStop;
    }

    /**
     * Starts a server and waits for its end.
     *
     * @param started called once its ports answer
     * @return the status to exit with, after a failure; a signal ends the process before this returns
     */
    int run(ServerConfig config, Consumer<CoordServer> started) {
        LogSetup.level(config.logLevel());
        CompletableFuture<String> fatal = new CompletableFuture<>();
        // Before the start: ports answer, and people send signals, before it is through.
        CompletableFuture<CoordServer> starting = new CompletableFuture<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(starting), "coord-stop"));
        CoordServer server;
        try {
            server = CoordServer.start(config, fatal::complete);
        } catch (RuntimeException e) {
            afterStop.run();
            starting.completeExceptionally(e);
            throw e;
        }
        starting.complete(server);
        started.accept(server);
        String reason = fatal.join();
        err.println("coord: " + reason);
        err.flush();
        status.set(ExitCode.FATAL.status());
        return ExitCode.FATAL.status();
    }

    /** The hook ends the process itself: the JVM would turn a clean stop into 128 + signal. */
    private void stop(CompletableFuture<CoordServer> starting) {
        CoordServer server;
        try {
            server = starting.get(START_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            // It failed to start, which the main thread tells, or hangs: the process ends as the signal says.
            return;
        }
        server.close();
        afterStop.run();
        Runtime.getRuntime().halt(status.get());
    }

    /** How to call this very program, as the user did. */
    static String launcher() {
        return Optional.ofNullable(System.getProperty("coord.launcher")).orElse("coord");
    }
}
