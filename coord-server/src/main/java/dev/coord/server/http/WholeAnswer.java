package dev.coord.server.http;

import dev.coord.api.raft.v1.HttpPart;
import dev.coord.server.command.ForwardedHttp;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CompletableFuture;

/** Collects a server's answer, up to a limit. Called by one thread at a time. */
final class WholeAnswer implements ForwardedHttp.Receiver {

    private final int bytesMax;
    private final CompletableFuture<WholeAnswer> whole = new CompletableFuture<>();
    private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    private final Buffer body = Buffer.buffer();
    private int status;
    private boolean tooLarge;

    /** Set before the first part, read by whoever gives up. */
    private volatile Runnable cancel = () -> {};

    private Runnable next = () -> {};

    WholeAnswer(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** This, once it is whole, or was found to be too large; fails when there is no answer. On any thread. */
    CompletableFuture<WholeAnswer> whole() {
        return whole;
    }

    /** Nobody waits for it any more. From any thread. */
    void giveUp() {
        cancel.run();
    }

    int status() {
        return status;
    }

    /** It was left at that. */
    boolean isTooLarge() {
        return tooLarge;
    }

    /** Empty when there is none. */
    String header(CharSequence name) {
        String value = headers.get(name);
        return value == null ? "" : value;
    }

    Buffer body() {
        return body;
    }

    @Override
    public void begin(Runnable more, Runnable giveUp) {
        next = more;
        cancel = giveUp;
    }

    @Override
    public void part(HttpPart part) {
        if (status == 0) {
            status = part.getStatus();
            part.getHeadersList().forEach(header -> headers.add(header.getName(), header.getValue()));
        }
        if ((long) body.length() + part.getBody().size() > bytesMax) {
            tooLarge = true;
            cancel.run();
            whole.complete(this);
            return;
        }
        body.appendBytes(part.getBody().toByteArray());
        next.run();
    }

    @Override
    public void end() {
        whole.complete(this);
    }

    @Override
    public void failed(String why) {
        whole.completeExceptionally(HttpError.internal(why));
    }
}
