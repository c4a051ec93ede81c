package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.CheckOutput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs commands: status 0 is passing, 1 a warning, anything else critical. What it writes is read to its end, so that it never
 * waits for us, and its last bytes are kept. At the timeout it and all that it started are killed.
 *
 * <p>A command that runs takes a thread, {@link #RUNNING_MAX} at most; the timeout begins when it starts.
 */
final class ScriptProbe implements Probe {

    /** How many commands run at once. */
    static final int RUNNING_MAX = 16;
    /** How long a command may take when the check does not say, milliseconds. */
    static final long TIMEOUT_MILLIS_DEFAULT = 30_000;

    private static final long IDLE_SECONDS_MAX = 10;
    private static final int STATUS_WARNING = 1;

    private final ThreadPoolExecutor runners = new ThreadPoolExecutor(
            RUNNING_MAX, RUNNING_MAX, IDLE_SECONDS_MAX, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "coord-script");
                thread.setDaemon(true);
                return thread;
            });
    private final ScheduledThreadPoolExecutor killer = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "coord-script-timeout");
        thread.setDaemon(true);
        return thread;
    });

    ScriptProbe() {
        runners.allowCoreThreadTimeOut(true);
        killer.setRemoveOnCancelPolicy(true);
        killer.setKeepAliveTime(IDLE_SECONDS_MAX, TimeUnit.SECONDS);
        killer.allowCoreThreadTimeOut(true);
    }

    @Override
    public CompletableFuture<Outcome> run(CheckDefinition check) {
        return CompletableFuture.supplyAsync(() -> runHere(check), runners);
    }

    private Outcome runHere(CheckDefinition check) {
        long timeoutMillis = check.timeoutMillis() > 0 ? check.timeoutMillis() : TIMEOUT_MILLIS_DEFAULT;
        Process process;
        try {
            process = new ProcessBuilder(check.agent().args())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
        } catch (IOException e) {
            return new Outcome(CheckStatus.CRITICAL, CheckOutput.limited(String.valueOf(e.getMessage())));
        }
        AtomicBoolean timedOut = new AtomicBoolean();
        ScheduledFuture<?> timeout = killer.schedule(
                () -> {
                    timedOut.set(true);
                    killTree(process);
                },
                timeoutMillis,
                TimeUnit.MILLISECONDS);
        try {
            String output = lastOf(process.getInputStream(), check.agent().outputBytesMax());
            int status = process.waitFor();
            if (timedOut.get()) {
                return new Outcome(CheckStatus.CRITICAL, "Timed out (" + timeoutMillis + "ms) running check");
            }
            return new Outcome(status(status), output);
        } catch (IOException e) {
            return new Outcome(
                    CheckStatus.CRITICAL,
                    timedOut.get() ? "Timed out (" + timeoutMillis + "ms) running check" : e.toString());
        } catch (InterruptedException e) {
            killTree(process);
            Thread.currentThread().interrupt();
            return new Outcome(CheckStatus.CRITICAL, "the agent is stopping");
        } finally {
            timeout.cancel(false);
        }
    }

    /** Children first listed, then all killed: who loses its parent can't be found any more. */
    private static void killTree(Process process) {
        var descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        try {
            // A grandchild that was started a moment ago may still hold the pipe.
            process.getInputStream().close();
        } catch (IOException e) {
            // It is being thrown away.
        }
    }

    private static CheckStatus status(int exit) {
        if (exit == 0) {
            return CheckStatus.PASSING;
        }
        return exit == STATUS_WARNING ? CheckStatus.WARNING : CheckStatus.CRITICAL;
    }

    private static String lastOf(InputStream in, int bytesMax) throws IOException {
        int keep = bytesMax > 0 ? Math.min(bytesMax, CheckOutput.BYTES_MAX) : CheckOutput.BYTES_MAX;
        byte[] ring = new byte[keep];
        byte[] chunk = new byte[4096];
        long total = 0;
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
            for (int i = 0; i < read; i++) {
                ring[(int) (total++ % keep)] = chunk[i];
            }
        }
        if (total <= keep) {
            return new String(ring, 0, (int) total, StandardCharsets.UTF_8);
        }
        int start = (int) (total % keep);
        byte[] last = new byte[keep];
        System.arraycopy(ring, start, last, 0, keep - start);
        System.arraycopy(ring, 0, last, keep - start, start);
        return CheckOutput.limited(
                "Captured " + keep + " of " + total + " bytes\n...\n" + new String(last, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        killer.shutdownNow();
        runners.shutdownNow();
    }
}
