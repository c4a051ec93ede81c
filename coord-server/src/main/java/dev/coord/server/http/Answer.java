package dev.coord.server.http;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** What to send back. Immutable but for the memo of its compressed body. Safe from any thread. */
final class Answer {

    private static final Buffer EMPTY = Buffer.buffer();
    private static final Answer TRUE = new Answer(200, Headers.JSON, Buffer.buffer("true"));
    private static final Answer FALSE = new Answer(200, Headers.JSON, Buffer.buffer("false"));
    private static final Answer OK = new Answer(200, null, EMPTY);
    private static final Answer NOT_FOUND = new Answer(404, null, EMPTY);

    private final int status;
    private final @Nullable CharSequence contentType;
    private final Buffer body;
    /** Written under this object's lock. */
    private volatile @Nullable Buffer gzipped;

    /** @param contentType null: no such header */
    Answer(int status, @Nullable CharSequence contentType, Buffer body) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
    }

    static Answer json(boolean pretty, Json.Writer writer) {
        return new Answer(200, Headers.JSON, Json.write(pretty, writer));
    }

    /** {@code true} or {@code false}. */
    static Answer of(boolean value) {
        return value ? TRUE : FALSE;
    }

    /** 200 and nothing more. */
    static Answer ok() {
        return OK;
    }

    /** 404 and nothing more. */
    static Answer notFound() {
        return NOT_FOUND;
    }

    static Answer text(int status, String text) {
        return new Answer(status, Headers.TEXT, Buffer.buffer(text));
    }

    /** The same under another status. */
    Answer withStatus(int other) {
        return new Answer(other, contentType, body);
    }

    int status() {
        return status;
    }

    @Nullable
    CharSequence contentType() {
        return contentType;
    }

    Buffer body() {
        return body;
    }

    /** The body compressed, made at first need. */
    Buffer gzipped() {
        Buffer known = gzipped;
        return known == null ? compressed() : known;
    }

    private synchronized Buffer compressed() {
        Buffer known = gzipped;
        if (known == null) {
            known = Gzip.compress(body);
            gzipped = known;
        }
        return known;
    }
}
