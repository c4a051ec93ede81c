package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.Version;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the command line says before it talks to anybody. */
class CoordCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Coord.commandLine(arguments);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(Coord.twoDashes(commandLine, arguments));
    }

    @Test
    void without_a_command_it_explains_itself_in_a_screenful() {
        assertThat(run()).isZero();

        assertThat(out.toString()).contains("coord dev", "cluster", "Exit status");
        assertThat(out.toString().lines().count()).isLessThanOrEqualTo(64);
    }

    @Test
    void help_is_had_with_one_dash_too_but_not_where_the_word_is_an_argument() {
        assertThat(run("kv", "put", "-help")).isZero();
        assertThat(out.toString()).contains("coord kv put");
        out.getBuffer().setLength(0);
        assertThat(run("-version")).isZero();
        assertThat(out.toString()).startsWith("coord " + Version.current());
        assertThat(Coord.twoDashes(Coord.commandLine("lock"), "lock", "a", "ls", "-help"))
                .containsExactly("lock", "a", "ls", "-help");
    }

    @Test
    void an_unknown_command_is_answered_with_the_near_one() {
        assertThat(run("clutser")).isEqualTo(2);

        assertThat(err.toString()).contains("'clutser'", "coord cluster");
    }

    @Test
    void an_unknown_flag_of_the_agent_is_answered_with_the_near_one() {
        assertThat(run("agent", "-sevrer")).isEqualTo(2);

        assertThat(err.toString()).contains("-sevrer", "-server");
    }

    @Test
    void the_version_is_told_as_text_and_as_json() {
        assertThat(run("version")).isZero();
        assertThat(out.toString()).startsWith("coord " + Version.current());

        out.getBuffer().setLength(0);
        assertThat(run("version", "--json")).isZero();
        assertThat(new JsonObject(out.toString()).getString("version")).isEqualTo(Version.current());
    }

    @Test
    void a_server_without_a_data_directory_is_refused_as_configuration() {
        assertThat(run("agent", "-server", "-bootstrap")).isEqualTo(3);

        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "coord: configuration: key \"data_dir\": not given: say where to keep data with -data-dir D");
    }
}
