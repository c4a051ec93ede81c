package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.http.GoDuration;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "lock",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a command while it holds a lock.",
            "With -n several may hold it at once.",
            "When the lock is lost the command is asked to end, and after some seconds ended. Status 0 also when the command"
                    + " has failed; with --child-exit-code 2 then."
        })
final class LockCommand implements Callable<Integer> {

    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final int CHILD_FAILED = 2;
    private static final int HOLDERS_MAX = 1_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private HttpConnection http;

    @Parameters(index = "0", paramLabel = "PREFIX", description = "Where in the store; the lock is its key .lock.")
    private String prefix;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
    private List<String> command = List.of();

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many may hold it at once (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(
            names = {"--name", "-name"},
            description = "The session's name, for people.")
    private @Nullable String name;

    @Option(
            names = {"--timeout", "-timeout", "--try", "-try"},
            paramLabel = "DURATION",
            defaultValue = "0",
            description = "How long to wait for it (default: without end).")
    private String timeout;

    @Option(
            names = {"--monitor-retry", "-monitor-retry"},
            paramLabel = "N",
            defaultValue = "3",
            description = "How often, a second apart, to ask a server that can't answer before the lock counts as lost"
                    + " (default: ${DEFAULT-VALUE}).")
    private int monitorRetries;

    @Option(
            names = {"--child-exit-code", "-child-exit-code"},
            description = "Status 2 when the command has failed.")
    private boolean childExitCode;

    @Option(
            names = {"--pass-stdin", "-pass-stdin"},
            description = "The command reads what this one would.")
    private boolean passStdin;

    @Option(
            names = {"--shell", "-shell"},
            paramLabel = "true|false",
            description = "Whether a shell ($SHELL, else /bin/sh) runs the command (default: true).")
    private @Nullable Boolean shell;

    @Option(
            names = {"--verbose", "-verbose"},
            description = "Say what happens.")
    private boolean verbose;

    /** The thread that waits for the lock's loss sets it, before it ends the command. */
    private volatile boolean lost;

    @Override
    public Integer call() throws InterruptedException {
        if (limit < 1 || limit > HOLDERS_MAX) {
            throw new StartupException(
                    ExitCode.USAGE, "Lock holder limit must be positive, and at most " + HOLDERS_MAX + ": -n " + limit);
        }
        OptionalLong nanos = GoDuration.parseNanos(timeout);
        if (nanos.isEmpty() || nanos.getAsLong() < 0) {
            throw new StartupException(ExitCode.USAGE, "-timeout " + timeout + ": no duration such as 10s");
        }
        String at = prefix.replaceFirst("^/", "").replaceFirst("/+$", "") + "/";
        String title = name != null ? name : "Consul lock for '" + String.join(" ", command) + "' at '" + prefix + "'";
        try (LockSession session = new LockSession(http, title)) {
            LockPlace place = new LockPlace(http, monitorRetries);
            DistributedLock lock = limit == 1
                    ? new KeyLock(place, at + ".lock", session.id())
                    : new SemaphoreLock(place, at, session.id(), limit);
            say(
                    limit == 1
                            ? "Setting up lock at path: " + at + ".lock"
                            : "Setting up semaphore (limit " + limit + ") at prefix: "
                                    + at.substring(0, at.length() - 1));
            Thread whenTold = new Thread(session::close, "coord-unlock");
            Runtime.getRuntime().addShutdownHook(whenTold);
            say("Attempting lock acquisition");
            if (!lock.acquire(Deadline.in(Duration.ofNanos(nanos.getAsLong())))) {
                Runtime.getRuntime().removeShutdownHook(whenTold);
                throw new StartupException(ExitCode.FAILED, "Timeout during lock acquisition");
            }
            Runtime.getRuntime().removeShutdownHook(whenTold);
            return holding(lock, session);
        }
    }

    private int holding(DistributedLock lock, LockSession session) throws InterruptedException {
        say("Starting handler");
        ChildProcess child;
        try {
            child = ChildProcess.start(
                    command,
                    !Boolean.FALSE.equals(shell),
                    Map.of("CONSUL_LOCK_HELD", "true", "COORD_LOCK_HELD", "true"),
                    null,
                    passStdin);
        } catch (IOException e) {
            Console.note(spec, "Error starting handler: " + e.getMessage());
            lock.release();
            lock.cleanUp();
            return childExitCode ? CHILD_FAILED : ExitCode.OK.status();
        }
        Thread whenTold = new Thread(
                () -> {
                    child.end(GRACE);
                    lock.release();
                    lock.cleanUp();
                    session.close();
                },
                "coord-unlock");
        Runtime.getRuntime().addShutdownHook(whenTold);
        Thread monitor = new Thread(() -> endWhenLost(lock, child), "coord-lock-monitor");
        monitor.setDaemon(true);
        monitor.start();
        int status = child.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(whenTold);
        } catch (IllegalStateException shuttingDown) {
            // Told to end: the hook does the rest.
            whenTold.join();
        }
        monitor.interrupt();
        if (lost) {
            throw new StartupException(ExitCode.FAILED, "Lock lost; the command was ended");
        }
        if (status != 0) {
            Console.note(spec, "Error running handler: exit status " + status);
        }
        say("Child terminated, releasing lock");
        lock.release();
        lock.cleanUp();
        say("Cleanup succeeded");
        return childExitCode && status != 0 ? CHILD_FAILED : ExitCode.OK.status();
    }

    private void endWhenLost(DistributedLock lock, ChildProcess child) {
        try {
            lock.awaitLoss();
        } catch (InterruptedException e) {
            return;
        } catch (StartupException e) {
            Console.note(spec, "coord: " + e.getMessage());
        }
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        lost = true;
        say("Lock lost, killing child");
        child.end(GRACE);
    }

    private void say(String text) {
        if (verbose) {
            Console.say(text);
        }
    }
}
