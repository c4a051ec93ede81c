package dev.coord.tools;

import dev.coord.server.ExitCode;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** What commands print, as bytes: whatever the locale, text is UTF-8 and values are what they are. */
final class Console {

    private Console() {}

    /** Adds a line end; gives the status of success. */
    static int say(String text) {
        return write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** The fields of a flat object, a line each. */
    static String fields(JsonObject object) {
        int width = object.fieldNames().stream().mapToInt(String::length).max().orElse(0);
        return object.stream()
                .map(field ->
                        field.getKey() + " ".repeat(width + 2 - field.getKey().length()) + field.getValue())
                .collect(Collectors.joining("\n"));
    }

    static int write(byte[] bytes) {
        PrintStream out = System.out;
        out.write(bytes, 0, bytes.length);
        out.flush();
        return ExitCode.OK.status();
    }

    /** What is no answer: to standard error. */
    static void note(CommandSpec spec, String text) {
        spec.commandLine().getErr().println(text);
        spec.commandLine().getErr().flush();
    }
}
