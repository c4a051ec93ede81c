package dev.coord.tools;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A command that another one runs: by a shell, unless that is not wanted. It writes to where this process writes. */
final class ChildProcess {

    private final Process process;

    private ChildProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param environment beside this process's own
     * @param input what it is given to read, or null
     * @param inheritInput whether it reads what this process would; only without an input of its own
     */
    static ChildProcess start(
            List<String> command,
            boolean shell,
            Map<String, String> environment,
            byte @Nullable [] input,
            boolean inheritInput)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        shell ? List.of(shellPath(), "-c", String.join(" ", command)) : command)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        if (inheritInput) {
            builder.redirectInput(ProcessBuilder.Redirect.INHERIT);
        }
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!inheritInput) {
            try (OutputStream in = process.getOutputStream()) {
                if (input != null) {
                    in.write(input);
                }
            } catch (IOException e) {
                // It ended, or closed its input, without having read all: its own affair.
            }
        }
        return new ChildProcess(process);
    }

    private static String shellPath() {
        String shell = System.getenv("SHELL");
        return shell == null || shell.isBlank() ? "/bin/sh" : shell;
    }

    int waitFor() throws InterruptedException {
        return process.waitFor();
    }

    /** Asks it to end, and the processes that it has started; after the time, ends them. */
    void end(Duration grace) {
        List<ProcessHandle> all = process.descendants().toList();
        all.forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            all.forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
