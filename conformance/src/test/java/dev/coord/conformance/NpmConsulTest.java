package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
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

    @Test
    void theNpmPackageWorksAgainstCoord() throws Exception {
        assumeTrue(
                ScriptRun.of(directory, Map.of(), "node", "--version").status() == 0, "skipped: there is no node here");
        String modules = System.getenv().getOrDefault("NODE_PATH", "");
        if (ScriptRun.of(directory, Map.of("NODE_PATH", modules), "node", "-e", "require('consul')")
                        .status()
                != 0) {
            ScriptRun installed = ScriptRun.of(
                    directory,
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
            ScriptRun ended = ScriptRun.of(
                    directory,
                    Map.of("NODE_PATH", modules),
                    "node",
                    script.toString(),
                    "127.0.0.1",
                    Integer.toString(coord.httpPort()));
            assertThat(ended.status()).as(ended.output()).isZero();
            assertThat(ended.output()).contains("ok kv", "ok health", "ok watchOfAKey", "ok locks");
        }
    }
}
