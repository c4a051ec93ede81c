package dev.coord.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Writes one line of JSON for {@code --json}. One thread. */
final class JsonText {

    private static final JsonFactory FACTORY = new JsonFactory();

    private final StringWriter out = new StringWriter();
    private final JsonGenerator generator;

    JsonText() {
        try {
            generator = FACTORY.createGenerator(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonText object() {
        return write(JsonGenerator::writeStartObject);
    }

    JsonText object(String field) {
        return write(g -> g.writeObjectFieldStart(field));
    }

    JsonText end() {
        return write(JsonGenerator::writeEndObject);
    }

    JsonText array() {
        return write(JsonGenerator::writeStartArray);
    }

    JsonText array(String field) {
        return write(g -> g.writeArrayFieldStart(field));
    }

    JsonText endArray() {
        return write(JsonGenerator::writeEndArray);
    }

    JsonText put(String field, String value) {
        return write(g -> g.writeStringField(field, value));
    }

    JsonText put(String field, long value) {
        return write(g -> g.writeNumberField(field, value));
    }

    JsonText put(String field, double value) {
        return write(g -> g.writeNumberField(field, value));
    }

    JsonText put(String field, boolean value) {
        return write(g -> g.writeBooleanField(field, value));
    }

    JsonText putNull(String field) {
        return write(g -> g.writeNullField(field));
    }

    JsonText put(String field, List<String> values) {
        return write(g -> {
            g.writeArrayFieldStart(field);
            for (String value : values) {
                g.writeString(value);
            }
            g.writeEndArray();
        });
    }

    JsonText put(String field, Map<String, String> values) {
        return write(g -> {
            g.writeObjectFieldStart(field);
            for (Map.Entry<String, String> entry : values.entrySet()) {
                g.writeStringField(entry.getKey(), entry.getValue());
            }
            g.writeEndObject();
        });
    }

    /** Into an array that has begun. */
    JsonText add(long value) {
        return write(g -> g.writeNumber(value));
    }

    /** Into an array that has begun. */
    JsonText add(String value) {
        return write(g -> g.writeString(value));
    }

    /** A text as JSON writes one. */
    static String quoted(String text) {
        return new JsonText().add(text).toString();
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** @param json a value, as it shall stand there */
    JsonText putJson(String field, String json) {
        return write(g -> {
            g.writeFieldName(field);
            g.writeRawValue(json);
        });
    }

    /** What was written so far. */
    @Override
    public String toString() {
        write(JsonGenerator::flush);
        return out.toString();
    }

    private JsonText write(Step step) {
        try {
            step.write(generator);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Step {
        void write(JsonGenerator generator) throws IOException;
    }
}
