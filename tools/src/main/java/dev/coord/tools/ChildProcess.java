package dev.coord.tools;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A command that another one runs: by a shell, unless that is not wanted. It writes to where this process writes. */
final class ChildProcess {

    /** How long output that was written before the end may take to come. */
    private static final int REST_MILLIS = 1_000;

    private final Process process;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private @Nullable Thread reader;

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
        ProcessBuilder builder = builder(command, shell, environment)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        if (inheritInput) {
            builder.redirectInput(ProcessBuilder.Redirect.INHERIT);
        }
        Process process = builder.start();
        if (!inheritInput) {
            feed(process, input == null ? new byte[0] : input);
        }
        return new ChildProcess(process);
    }

    /** Starts one whose output is kept: the beginning of it, for {@link #output}. */
    static ChildProcess captured(
            List<String> command, boolean shell, Map<String, String> environment, byte[] input, int bytesMax)
            throws IOException {
        Process process =
                builder(command, shell, environment).redirectErrorStream(true).start();
        ChildProcess child = new ChildProcess(process);
        // Beside each other: a process that waits to be read from does not read.
        Thread reader = new Thread(() -> child.read(bytesMax), "coord-child-output");
        reader.setDaemon(true);
        reader.start();
        child.reader = reader;
        feed(process, input);
        return child;
    }

    private static ProcessBuilder builder(List<String> command, boolean shell, Map<String, String> environment) {
        ProcessBuilder builder =
                new ProcessBuilder(shell ? List.of(shellPath(), "-c", String.join(" ", command)) : command);
        builder.environment().putAll(environment);
        return builder;
    }

    private void read(int bytesMax) {
        byte[] piece = new byte[1_024];
        try (InputStream in = process.getInputStream()) {
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                synchronized (output) {
                    output.write(piece, 0, Math.min(length, bytesMax - output.size()));
                }
            }
        } catch (IOException e) {
            // Closed with the process.
        }
    }

    /** What it printed, to be called after its end. What it left running may print on: that is not waited for. */
    String output() throws InterruptedException {
        if (reader != null) {
            reader.join(REST_MILLIS);
        }
        synchronized (output) {
            return output.toString(StandardCharsets.UTF_8).strip();
        }
    }

    private static void feed(Process process, byte[] input) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input);
        } catch (IOException e) {
            // It ended, or closed its input, without having read all: its own affair.
        }
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
