package dev.coord.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;

/** A class of the tests run in a JVM of its own, with the options and the class path of this one. */
@NullUnmarked
public final class ForkedJvm {

    /** How it ended. */
    public record Ended(int exitCode, String lastLine) {}

    private ForkedJvm() {}

    /** Starts the class's main method. Whoever starts it ends it. */
    public static Process start(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-CreateCoredumpOnCrash"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Runs it to its end. */
    public static Ended run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        Process process = start(main, arguments);
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            String last = "";
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                last = line;
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return new Ended(process.exitValue(), last);
        } finally {
            process.destroyForcibly();
        }
    }
}
