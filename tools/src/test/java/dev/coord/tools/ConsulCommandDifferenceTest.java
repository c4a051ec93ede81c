package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coord.server.CoordServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gives the same commands to Consul 1.8.7's command line and to ours, both against the same server, and compares standard output
 * and status. A command a line in {@code consul-commands.txt}; {@code usage} before it: a mistake, of which Consul says 1 and we
 * 2; {@code status}: only the status is compared.
 */
@Tag("slow")
class ConsulCommandDifferenceTest {

    private static final String BINARY = "COORD_CONSUL_BINARY";

    @TempDir
    private Path directory;

    @Test
    void commands_print_what_consuls_print_and_end_with_its_status() throws Exception {
        String binary = System.getenv(BINARY);
        assumeTrue(binary != null, "set " + BINARY + " to the path of a Consul 1.8.7 to compare with it");
        try (CoordServer server = EmbeddedServer.start(directory.resolve("data"), Map.of("node_name", "one"))) {
            Files.writeString(
                    directory.resolve("web.hcl"),
                    "service { name = \"web\" id = \"web1\" port = 80 tags = [\"a\", \"b\"] check { ttl = \"30s\" } }");
            Files.writeString(directory.resolve("check.json"), "{\"check\": {\"name\": \"q\", \"ttl\": \"10s\"}}");
            List<String> differences = new ArrayList<>();
            for (String line : commands()) {
                compare(binary, server.httpAddress(), line, differences);
            }
            assertThat(differences).isEmpty();
        }
    }

    private static List<String> commands() throws IOException {
        try (var in = ConsulCommandDifferenceTest.class.getResourceAsStream("consul-commands.txt")) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    /** A line is a kind and a command: same, usage or status; words are parted by blanks, DIR is the test's directory. */
    private void compare(String binary, String address, String line, List<String> differences)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(
                List.of(line.replace("DIR", directory.toString()).split(" +")));
        String kind = words.remove(0);
        List<String> command = new ArrayList<>(words);
        command.add(verbs(words), "-http-addr=" + address);
        if (words.get(0).matches("validate|keygen") || words.contains("inspect")) {
            command = words;
        }
        List<String> whole = new ArrayList<>(command);
        whole.add(0, binary);
        Path out = directory.resolve("consul.out");
        Process consul = new ProcessBuilder(whole)
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        consul.getOutputStream().close();
        assertThat(consul.waitFor(60, TimeUnit.SECONDS)).as(line).isTrue();
        CommandRun ours = CommandRun.of("", command.toArray(String[]::new));
        int expected = kind.equals("usage") && consul.exitValue() == 1 ? 2 : consul.exitValue();
        String theirs = plain(Files.readString(out));
        if (ours.status() != expected
                || (kind.equals("same") && !plain(ours.out()).equals(theirs))) {
            differences.add(line + "\n  consul [" + consul.exitValue() + "] " + theirs + "\n  coord [" + ours.status()
                    + "] " + plain(ours.out()) + ours.err());
        }
    }

    /** How many words name the command. */
    private static int verbs(List<String> words) {
        return switch (words.get(0)) {
            case "operator" -> 3;
            case "kv", "catalog", "services", "snapshot" -> 2;
            default -> 1;
        };
    }

    /** Without blanks at the ends of lines, and with new ids masked. */
    private static String plain(String text) {
        return text.replaceAll("(?m) +$", "").replaceAll("Event ID: .*", "Event ID: ID");
    }
}
