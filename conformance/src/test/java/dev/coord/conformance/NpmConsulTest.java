package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The npm package {@code consul}, driven by {@code npm-consul.js}. Needs node, and the package: where NODE_PATH points, or from
 * npm's registry. Skipped, with the reason, where one of them is not to be had.
 */
class NpmConsulTest {

    private static final String PACKAGE = "consul@2.0.1";

    @TempDir
    static Path directory;

    private record Ended(int status, String output) {}

    @Test
    void theNpmPackageWorksAgainstCoord() throws Exception {
        assumeTrue(run(Map.of(), "node", "--version").status() == 0, "skipped: there is no node here");
        String modules = System.getenv().getOrDefault("NODE_PATH", "");
        if (run(Map.of("NODE_PATH", modules), "node", "-e", "require('consul')").status() != 0) {
            Ended installed = run(
                    Map.of("npm_config_fetch_retries", "0"),
                    "npm",
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--prefix",
                    directory.toString(),
                    PACKAGE);
            assumeTrue(
                    installed.status() == 0,
                    () -> "skipped: " + PACKAGE + " can't be installed: " + installed.output());
            modules = directory.resolve("node_modules").toString();
        }

        Path script = Path.of(NpmConsulTest.class.getResource("/npm-consul.js").toURI());
        try (RunningCoord coord = RunningCoord.start(directory, "")) {
            Ended ended = run(
                    Map.of("NODE_PATH", modules),
                    "node",
                    script.toString(),
                    "127.0.0.1",
                    Integer.toString(coord.httpPort()));
            assertThat(ended.status()).as(ended.output()).isZero();
            assertThat(ended.output()).contains("ok kv", "ok health", "ok watchOfAKey", "ok locks");
        }
    }

    /** Status -1: there is no such program, or it did not end within two minutes. */
    private static Ended run(Map<String, String> environment, String... command) throws InterruptedException {
        Path output = directory.resolve("output-" + System.nanoTime());
        ProcessBuilder builder =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                return new Ended(-1, command[0] + " did not end");
            }
            return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return new Ended(-1, String.valueOf(e.getMessage()));
        }
    }
}
