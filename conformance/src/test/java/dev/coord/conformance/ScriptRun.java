package dev.coord.conformance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that has ended.
 *
 * @param status -1: there is no such program, or it did not end within two minutes
 * @param output both streams
 */
record ScriptRun(int status, String output) {

    /** Runs the command to its end, its output in a file below {@code directory}. */
    static ScriptRun of(Path directory, Map<String, String> environment, String... command)
            throws InterruptedException {
        Path output = directory.resolve("output-" + System.nanoTime());
        ProcessBuilder builder =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                return new ScriptRun(-1, command[0] + " did not end");
            }
            return new ScriptRun(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new ScriptRun(-1, String.valueOf(e.getMessage()));
        }
    }
}
