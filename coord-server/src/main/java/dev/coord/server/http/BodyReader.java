package dev.coord.server.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one request up to a limit. What is beyond is read and thrown away, so that the client comes to read
 * the answer; a client that never stops sending is cut off. On the request's event loop.
 */
final class BodyReader {

    private final HttpServerRequest request;
    private final int bytesMax;
    private final Consumer<Buffer> whole;
    private final Consumer<HttpError> refused;
    private @Nullable Buffer body;
    private long bytesSeen;

    BodyReader(HttpServerRequest request, int bytesMax, Consumer<Buffer> whole, Consumer<HttpError> refused) {
        this.request = request;
        this.bytesMax = bytesMax;
        this.whole = whole;
        this.refused = refused;
    }

    void start() {
        request.handler(this::chunk).endHandler(ignored -> end());
    }

    private void chunk(Buffer chunk) {
        bytesSeen += chunk.length();
        if (bytesSeen > bytesMax) {
            body = null;
            if (bytesSeen > HttpOptions.DRAIN_BYTES_MAX) {
                var unused = request.connection().close();
            }
        } else if (body == null) {
            body = chunk;
        } else {
            body.appendBuffer(chunk);
        }
    }

    private void end() {
        if (bytesSeen > bytesMax) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            refused.accept(new HttpError(
                    413, "Request body(" + bytesSeen + " bytes) too large, max size: " + bytesMax + " bytes."));
        } else {
            whole.accept(body == null ? Buffer.buffer() : body);
        }
    }
}
