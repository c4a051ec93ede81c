package dev.coord.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The Python package {@code consul} (Debian's python3-consul or python3-consul2, whichever is there), driven by
 * {@code python-consul.py}. Skipped, with the reason, where there is none.
 */
class PythonConsulTest {

    @TempDir
    static Path directory;

    @Test
    void thePythonPackageWorksAgainstCoord() throws Exception {
        // Debian's packages belong to Debian's Python, which need not be the first on the path.
        String python = List.of("/usr/bin/python3", "python3").stream()
                .filter(PythonConsulTest::hasThePackage)
                .findFirst()
                .orElse(null);
        assumeTrue(
                python != null,
                "skipped: there is no Python with the package consul here (apt install python3-consul)");

        Path script =
                Path.of(PythonConsulTest.class.getResource("/python-consul.py").toURI());
        try (RunningCoord coord = RunningCoord.start(directory, "")) {
            ScriptRun run = ScriptRun.of(
                    directory, Map.of(), python, script.toString(), "127.0.0.1", Integer.toString(coord.httpPort()));
            assertThat(run.status()).as(run.output()).isZero();
            assertThat(run.output())
                    .contains(
                            "ok kv", "ok compare_and_set", "ok blocking_queries", "ok sessions_and_locks", "ok health");
        }
    }

    private static boolean hasThePackage(String python) {
        try {
            return ScriptRun.of(directory, Map.of(), python, "-c", "import consul")
                            .status()
                    == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
