package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * What {@code coord wal} prints, as committed beside this test. Each file is a script: a line that begins with {@code >} is
 * done, what follows is what it must say. Beside {@code coord} itself it knows
 *
 * <pre>
 * make DIR BACKEND           writes the sample log
 * change FILE OFFSET BYTES   inverts so many bytes
 * cut FILE BYTES             keeps so many
 * list DIR                   names what is there
 * masked coord ...           the same as coord, but numbers count for nothing
 * </pre>
 *
 * With {@code -Dcoord.golden=write} the scripts are written anew: read the difference before you commit it.
 */
class WalGoldenTest {

    private static final Path SCRIPTS = Path.of("src/test/resources/dev/coord/tools/wal");
    private static final boolean WRITE = "write".equals(System.getProperty("coord.golden"));

    @TempDir
    private Path directory;

    @TestFactory
    Stream<DynamicTest> scripts() throws IOException {
        List<Path> scripts;
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            scripts = files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        }
        assertThat(scripts).isNotEmpty();
        return scripts.stream()
                .map(script -> DynamicTest.dynamicTest(script.getFileName().toString(), () -> run(script)));
    }

    private void run(Path script) throws IOException {
        Path work = Files.createDirectory(
                directory.resolve(script.getFileName().toString().replace(".txt", "")));
        String expected = Files.readString(script);
        if (expected.startsWith("# needs LMDB pages of 4096 bytes")) {
            SampleLog.write(work.resolve("probe"), "lmdb");
            assumeTrue(pageBytes(work.resolve("probe/data.mdb")) == 4096, "this machine's pages are larger");
        }
        StringBuilder actual = new StringBuilder();
        for (String line : expected.lines().toList()) {
            if (line.startsWith("#")) {
                actual.append(line).append('\n');
            } else if (line.startsWith("> ")) {
                actual.append(line).append('\n');
                actual.append(masked(step(work, List.of(line.substring(2).split(" "))), work));
            }
        }
        if (WRITE) {
            Files.writeString(script, actual.toString());
        }
        assertThat(actual.toString()).isEqualTo(expected);
    }

    /** LMDB takes the operating system's; the file says which, in the machine's byte order. */
    private static int pageBytes(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.nativeOrder())
                .getInt(40);
    }

    private static String step(Path work, List<String> words) throws IOException {
        return switch (words.get(0)) {
            case "make" -> {
                SampleLog.write(work.resolve(words.get(1)), words.get(2));
                yield "";
            }
            case "change" -> {
                change(work.resolve(words.get(1)), Long.parseLong(words.get(2)), Integer.parseInt(words.get(3)));
                yield "";
            }
            case "cut" -> {
                try (RandomAccessFile file =
                        new RandomAccessFile(work.resolve(words.get(1)).toFile(), "rw")) {
                    assertThat(file.length()).isGreaterThan(Long.parseLong(words.get(2)));
                    file.setLength(Long.parseLong(words.get(2)));
                }
                yield "";
            }
            case "list" -> {
                try (Stream<Path> files = Files.list(work.resolve(words.get(1)))) {
                    yield String.join(
                                    "\n",
                                    files.map(file -> file.getFileName().toString())
                                            .sorted()
                                            .toList()) + "\n";
                }
            }
            case "masked" ->
                coord(work, words.subList(2, words.size()))
                        .replaceAll("[0-9]+([.,][0-9]+)*(E-?[0-9]+)?( (us|ms|s|B|kB|MB|GB)\\b)?", "#")
                        .replaceAll("cores, [^,]*, Java", "cores, ?, Java")
                        .replaceAll(" +", " ");
            case "coord" -> coord(work, words.subList(1, words.size()));
            default -> throw new AssertionError("unknown step " + words);
        };
    }

    private static void change(Path path, long offset, int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            assertThat(file.length()).isGreaterThan(offset + bytes);
            for (long at = offset; at < offset + bytes; at++) {
                file.seek(at);
                int old = file.read();
                file.seek(at);
                file.write(~old);
            }
        }
    }

    /** Directories are named by a leading slash, which stands for the scratch directory. */
    private static String coord(Path work, List<String> words) {
        StringWriter output = new StringWriter();
        PrintWriter both = new PrintWriter(output, true);
        String[] arguments = words.stream()
                .map(word -> word.startsWith("/") ? work + word : word)
                .toArray(String[]::new);
        CommandLine commandLine = Coord.commandLine(arguments);
        commandLine.setOut(both);
        commandLine.setErr(both);
        int status = commandLine.execute(arguments);
        return output + (status == 0 ? "" : "exit " + status + "\n");
    }

    /** What differs from run to run. */
    private static String masked(String output, Path work) {
        return output.replace(work.toString(), "")
                .replaceAll("log id( +)[0-9a-f]{8}", "log id$1########")
                .replaceAll("\"log_id\":\"[0-9a-f]{8}\"", "\"log_id\":\"########\"");
    }
}
