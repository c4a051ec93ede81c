package dev.coord.server.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.StreamResetException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one request in a file, up to a limit; the client is slowed down to what the disk takes. On the
 * request's event loop.
 */
final class FileBody {

    private final HttpServerRequest request;
    private final long bytesMax;
    private final CompletableFuture<Void> whole = new CompletableFuture<>();
    private @Nullable AsyncFile file;
    private long bytesSeen;

    FileBody(HttpServerRequest request, long bytesMax) {
        this.request = request;
        this.bytesMax = bytesMax;
    }

    /** Completes, on the event loop, when the whole body is in the file. */
    CompletableFuture<Void> into(Vertx vertx, Path path) {
        request.pause();
        request.exceptionHandler(failure -> fail(
                failure instanceof HttpClosedException || failure instanceof StreamResetException
                        ? failure
                        : HttpError.badRequest("Bad request: the body's chunks are malformed")));
        vertx.fileSystem()
                .open(path.toString(), new OpenOptions().setTruncateExisting(true))
                .onSuccess(this::receive)
                .onFailure(whole::completeExceptionally);
        return whole;
    }

    private void receive(AsyncFile opened) {
        file = opened;
        if (whole.isDone()) { // The client has gone meanwhile.
            var unused = opened.close();
            return;
        }
        opened.exceptionHandler(this::fail);
        request.handler(chunk -> write(opened, chunk));
        request.endHandler(ignored -> end(opened));
        request.resume();
    }

    private void write(AsyncFile to, Buffer chunk) {
        if (whole.isDone()) { // What was on its way when it failed.
            return;
        }
        bytesSeen += chunk.length();
        if (bytesSeen > bytesMax) {
            fail(new HttpError(413, "Request body too large, max size: " + bytesMax + " bytes."));
            var unused = request.connection().close();
            return;
        }
        var unused = to.write(chunk);
        if (to.writeQueueFull()) {
            request.pause();
            to.drainHandler(ignored -> request.resume());
        }
    }

    private void end(AsyncFile written) {
        if (!whole.isDone()) {
            written.close().onSuccess(whole::complete).onFailure(whole::completeExceptionally);
        }
    }

    private void fail(Throwable failure) {
        if (whole.completeExceptionally(failure) && file != null) {
            var unused = file.close();
        }
    }
}
