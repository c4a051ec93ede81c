package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MetricsJsonTest {

    private static JsonObject labels(String labels) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            MetricsJson.write(json, "# TYPE g gauge\ng{" + labels + "} 1.0\n");
        }
        return new JsonObject(text.toString())
                .getJsonArray("Gauges")
                .getJsonObject(0)
                .getJsonObject("Labels");
    }

    @Test
    void labelsAreReadAsTheyWereWritten() throws IOException {
        assertThat(labels("a=\"1\",b=\"x \\\"y\\\" \\\\ z=\\\"0\\\"\",c=\"\""))
                .isEqualTo(new JsonObject()
                        .put("a", "1")
                        .put("b", "x \"y\" \\ z=\"0\"")
                        .put("c", ""));
    }

    @Test
    void aVeryLongLabelIsReadToo() throws IOException {
        String escaped = "\\\"".repeat(50_000);

        assertThat(labels("key=\"" + escaped + "\"").getString("key")).isEqualTo("\"".repeat(50_000));
    }
}
