package dev.coord.server.http;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compresses a whole answer. */
final class Gzip {

    private Gzip() {}

    static Buffer compress(Buffer plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(plain.length() / 4 + 64);
        try (GZIPOutputStream gzip = new FastGzip(bytes)) {
            gzip.write(plain.getBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("an answer could not be compressed in memory", e);
        }
        return Buffer.buffer(bytes.toByteArray());
    }

    /** An event loop pays for it: speed before size. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(ByteArrayOutputStream out) throws IOException {
            super(out, 8 * 1024);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
