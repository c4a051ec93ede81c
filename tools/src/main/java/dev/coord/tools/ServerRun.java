package dev.coord.tools;

import dev.coord.server.CoordServer;
import dev.coord.server.ExitCode;
import dev.coord.server.LogSetup;
import dev.coord.server.Running;
import dev.coord.server.ServerConfig;
import dev.coord.server.ServerHost;
import dev.coord.server.StartupException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a server for as long as the process lives. SIGINT and SIGTERM stop it cleanly with status 0, after leaving the cluster
 * where the configuration says so; SIGHUP reads the configuration again; a fatal failure ends the process with a line that
 * says why. Used once.
 */
final class ServerRun implements ServerHost {

    private static final Logger LOG = LoggerFactory.getLogger(ServerRun.class);
    /** A signal during a start waits for it this long. */
    private static final int START_SECONDS_MAX = 30;
    /** Leaving takes no longer, or is given up. */
    private static final int LEAVE_SECONDS_MAX = 20;

    private final PrintWriter err;
    private final Supplier<ServerConfig> configuration;
    private final Runnable afterStop;
    private final ConfiguredWatches watches = new ConfiguredWatches();
    /** Written by the main thread before it exits by itself, read by the shutdown hook. */
    private final AtomicInteger status = new AtomicInteger(ExitCode.OK.status());

    private final CompletableFuture<String> fatal = new CompletableFuture<>();
    /** Done when the start is through, one way or the other. */
    private final CompletableFuture<Running> starting = new CompletableFuture<>();
    /** The first signal leaves, a second one does not wait for that. */
    private final AtomicBoolean leaving = new AtomicBoolean();

    /**
     * @param configuration reads it; called again for every reload
     * @param afterStop run when the server has stopped, on whichever thread stops it
     */
    ServerRun(PrintWriter err, Supplier<ServerConfig> configuration, Runnable afterStop) {
        this.err = err;
        this.configuration = configuration;
        this.afterStop = afterStop;
    }

    /**
     * Starts a server and waits for its end.
     *
     * @param started called once its ports answer; not for an agent that is no server
     * @return the status to exit with, after a failure; a signal ends the process before this returns
     */
    int run(Consumer<CoordServer> started) {
        ServerConfig config;
        try {
            config = configuration.get();
            LogSetup.apply(config);
        } catch (RuntimeException e) {
            afterStop.run();
            throw e;
        }
        // Before the start: ports answer, and people send signals, before it is through.
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "coord-stop"));
        Signals.on("HUP", this::reload);
        Signals.on("INT", () -> signalled(config.leaving().onInterrupt()));
        Signals.on("TERM", () -> signalled(config.leaving().onTerminate()));
        Running server;
        try {
            writePid(config.pidFile());
            server = Running.start(config, this);
        } catch (RuntimeException e) {
            deletePid(config.pidFile());
            afterStop.run();
            starting.completeExceptionally(e);
            throw e;
        }
        starting.complete(server);
        watches.keep(config);
        if (server instanceof CoordServer whole) {
            started.accept(whole);
        }
        String reason = fatal.join();
        err.println("coord: " + reason);
        err.flush();
        status.set(ExitCode.FATAL.status());
        return ExitCode.FATAL.status();
    }

    /** From now on; on a thread that waits for it. */
    void stopWhenInputEnds(InputStream input) {
        Thread thread = new Thread(
                () -> {
                    try {
                        input.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException e) {
                        LOG.debug("The input broke: {}", e.toString());
                    }
                    LOG.info("Whoever started this server is gone: it stops, too");
                    finished();
                },
                "coord-input");
        thread.setDaemon(true);
        thread.start();
    }

    private void signalled(boolean leave) {
        if (leave && leaving.compareAndSet(false, true)) {
            try {
                starting.get(START_SECONDS_MAX, TimeUnit.SECONDS).leave().get(LEAVE_SECONDS_MAX, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("Stopping without having left the cluster: {}", e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        finished();
    }

    /** One that comes during the start counts after it: the files may have been read already. */
    private void reload() {
        // What became of it is in the log.
        CompletableFuture<Void> unused = starting.thenCompose(Running::reload).exceptionally(failed -> null);
    }

    @Override
    public void failed(String reason) {
        fatal.complete(reason);
    }

    @Override
    @SuppressWarnings("SystemExitOutsideMain") // This is the process.
    public void finished() {
        System.exit(ExitCode.OK.status());
    }

    @Override
    public void reconfigured(ServerConfig config) {
        watches.keep(config);
    }

    @Override
    public ServerConfig configuration() {
        return configuration.get();
    }

    /** The hook ends the process itself: the JVM would turn a clean stop into 128 + signal. */
    private void stop() {
        Running server;
        try {
            server = starting.get(START_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            // It failed to start, which the main thread tells, or hangs: the process ends as the signal says.
            return;
        }
        watches.close();
        server.close();
        deletePid(server.config().pidFile());
        afterStop.run();
        Runtime.getRuntime().halt(status.get());
    }

    private static void writePid(@Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            if (Files.isDirectory(file)) {
                throw new IOException("it is a directory");
            }
            if (file.toAbsolutePath().getParent() != null) {
                Files.createDirectories(file.toAbsolutePath().getParent());
            }
            Files.writeString(file, Long.toString(ProcessHandle.current().pid()));
        } catch (IOException e) {
            throw new StartupException(ExitCode.CONFIG, "pid_file " + file + " can't be written: " + e.getMessage(), e);
        }
    }

    private static void deletePid(@Nullable Path file) {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("The file {} was left behind: {}", file, e.toString());
            }
        }
    }

    /** How to call this very program, as the user did. */
    static String launcher() {
        return Optional.ofNullable(System.getProperty("coord.launcher")).orElse("coord");
    }
}
