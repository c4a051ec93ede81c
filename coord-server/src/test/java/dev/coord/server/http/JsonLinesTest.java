package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JsonLinesTest {

    private final JsonLines lines = new JsonLines();
    private final LoggerContext context = new LoggerContext();

    private String line(String logger, String message, Throwable error) {
        lines.setContext(context);
        lines.start();
        LoggingEvent event =
                new LoggingEvent("here", context.getLogger(logger), Level.WARN, message, error, new Object[] {"x\ny"});
        event.setInstant(Instant.ofEpochMilli(1_700_000_000_123L));
        event.setThreadName("a thread");
        return new String(lines.encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void each_event_is_one_line_of_json_under_consuls_names() {
        String line = line("dev.coord.server.raft.SlowDisk", "slow: {}", null);

        assertThat(line).endsWith("}\n").containsOnlyOnce("\n");
        assertThat(new JsonObject(line).getMap())
                .containsEntry("@timestamp", "2023-11-14T22:13:20.123000Z")
                .containsEntry("@level", "warn")
                .containsEntry("@module", "server.raft.SlowDisk")
                .containsEntry("@message", "slow: x\ny")
                .containsEntry("thread", "a thread")
                .doesNotContainKey("error");
    }

    @Test
    void a_stack_trace_is_a_field_and_not_more_lines() {
        String line = line("io.vertx.X", "broke", new IllegalStateException("so \"it\" is"));

        assertThat(line).containsOnlyOnce("\n");
        assertThat(new JsonObject(line).getString("@module")).isEqualTo("io.vertx.X");
        assertThat(new JsonObject(line).getString("error"))
                .contains("IllegalStateException: so \"it\" is")
                .contains("JsonLinesTest");
    }
}
