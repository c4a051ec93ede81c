package dev.coord.server.consul;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Requests from a file, one a line.
 *
 * <pre>
 * # a comment
 * PUT /v1/kv/a?flags=7 the body
 * keep NAME /json/pointer     a value of the last answer, for ${NAME} in later lines
 * keep NAME header:X-Name
 * eventually                  the next answers become equal: Consul does in the background what was asked before
 * differs WHY                 the next answers differ on purpose; the status is still the same
 * differs-in-status WHY       the status, too
 * </pre>
 */
record Scenario(String name, List<Step> steps) {

    /** One line that does something. */
    sealed interface Step {}

    /** @param why the answers differ; null: they must not */
    record Request(
            String method,
            String path,
            String body,
            @Nullable String why,
            boolean statusToo,
            boolean eventually) implements Step {
        @Override
        public String toString() {
            return method + " " + path + (body.isEmpty() ? "" : " " + body);
        }
    }

    record Keep(String name, String pointer) implements Step {}

    static Scenario read(String name) throws IOException {
        List<Step> steps = new ArrayList<>();
        String why = null;
        boolean statusToo = false;
        boolean eventually = false;
        InputStream in = Objects.requireNonNull(Scenario.class.getResourceAsStream(name + ".txt"), name);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] words = line.split(" ", 3);
                switch (words[0]) {
                    case "keep" -> steps.add(new Keep(words[1], words[2]));
                    case "eventually" -> eventually = true;
                    case "differs", "differs-in-status" -> {
                        why = line.substring(words[0].length() + 1);
                        statusToo = words[0].equals("differs-in-status");
                    }
                    default -> {
                        String body = words.length > 2 ? words[2] : "";
                        steps.add(new Request(words[0], words[1], body, why, statusToo, eventually));
                        why = null;
                        statusToo = false;
                        eventually = false;
                    }
                }
            }
        }
        return new Scenario(name, steps);
    }
}
