package dev.coord.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server as a child process. One thread starts it; stopping is safe from any. */
final class ServerProcess {

    private static final long STOP_SECONDS_MAX = 20;

    private final Process process;

    private ServerProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts {@code coord agent} with a configuration file; output is added to the log file. It ends when this process does,
     * however that ends: its input is a pipe that nobody else holds.
     */
    static ServerProcess start(Path configFile, Path logFile) {
        List<String> command = command();
        command.addAll(List.of("agent", "-config-file", configFile.toString(), AgentCommand.UNTIL_INPUT_ENDS));
        try {
            return new ServerProcess(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("a server can't be started with " + command, e);
        }
    }

    /** The launcher where one started us; else the same JVM and class path, as under a test. */
    private static List<String> command() {
        List<String> command = new ArrayList<>();
        String launcher = System.getProperty("coord.image.launcher");
        if (launcher != null) {
            command.add(launcher);
            return command;
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmOptions.forServers());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Coord.class.getName()));
        return command;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Only once it has ended. */
    int exitStatus() {
        return process.exitValue();
    }

    /** Asks it to stop; does not wait. */
    void stop() {
        process.destroy();
    }

    /** Waits for it to end; after a while ends it by force. */
    void awaitStop() {
        try {
            if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
