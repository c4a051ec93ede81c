package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** JSON out: written once, straight into the bytes of the answer. */
final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int BYTES_INITIAL = 256;

    /** Writes one JSON value. */
    @FunctionalInterface
    interface Writer {
        void write(JsonGenerator json) throws IOException;
    }

    private Json() {}

    static Buffer write(boolean pretty, Writer writer) {
        Buffer bytes = Buffer.buffer(BYTES_INITIAL);
        try (OutputStream out = new BufferOutput(bytes);
                JsonGenerator json = FACTORY.createGenerator(out)) {
            if (pretty) {
                json.setPrettyPrinter(new GoPrinter());
            }
            writer.write(json);
            json.flush();
            if (pretty) {
                out.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException("JSON could not be written to memory", e);
        }
        return bytes;
    }

    private static final class BufferOutput extends OutputStream {
        private final Buffer buffer;

        BufferOutput(Buffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public void write(int b) {
            buffer.appendByte((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            buffer.appendBytes(bytes, offset, length);
        }
    }

    /** Indents as Go does: four spaces, elements of arrays on lines of their own, no space before a colon. */
    private static final class GoPrinter extends DefaultPrettyPrinter {
        private static final long serialVersionUID = 1L;

        GoPrinter() {
            super(Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
            DefaultIndenter indenter = new DefaultIndenter("    ", "\n");
            indentArraysWith(indenter);
            indentObjectsWith(indenter);
        }

        @Override
        public void writeEndArray(JsonGenerator json, int values) throws IOException {
            if (values == 0) {
                _nesting--;
                json.writeRaw(']');
            } else {
                super.writeEndArray(json, values);
            }
        }

        @Override
        public void writeEndObject(JsonGenerator json, int entries) throws IOException {
            if (entries == 0) {
                _nesting--;
                json.writeRaw('}');
            } else {
                super.writeEndObject(json, entries);
            }
        }

        @Override
        public DefaultPrettyPrinter createInstance() {
            return new GoPrinter();
        }
    }
}
