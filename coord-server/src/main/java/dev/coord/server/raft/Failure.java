package dev.coord.server.raft;

import dev.coord.server.command.ConsensusException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way down when consensus can't go on. The first report counts: this server falls silent towards the others
 * first, so that nothing it could not keep is promised, and then the process is told to end. Safe from any thread.
 */
final class Failure {

    private static final Logger LOG = LoggerFactory.getLogger(Failure.class);

    private final FatalHandler handler;
    /** Null until something failed; then why, for ever. */
    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();

    private final CopyOnWriteArrayList<Runnable> silencers = new CopyOnWriteArrayList<>();

    Failure(FatalHandler handler) {
        this.handler = handler;
    }

    /** Adds what makes this server fall silent; run by the thread that fails, must not block. */
    void onFail(Runnable silencer) {
        silencers.add(silencer);
    }

    /** Stops everything. Later reports are only logged. */
    void fail(String message, Throwable cause) {
        if (!reason.compareAndSet(null, message)) {
            LOG.warn("After the failure: {}", message, cause);
            return;
        }
        silencers.forEach(Runnable::run);
        if (isOfSurroundings(cause)) {
            LOG.error("This server can't go on: {}", message);
            LOG.debug("Because of", cause);
        } else {
            LOG.error("This server can't go on: {}", message, cause);
        }
        handler.fatal(message, cause);
    }

    /** A disk, a port, another server's refusal: the message says it all. Anything else may be a bug of ours. */
    private static boolean isOfSurroundings(Throwable cause) {
        Throwable root = cause;
        while (root instanceof CompletionException && root.getCause() != null) {
            root = root.getCause();
        }
        return root instanceof IOException || root instanceof StatusRuntimeException;
    }

    boolean failed() {
        return reason.get() != null;
    }

    /** What callers get after the failure. */
    ConsensusException exception() {
        return new ConsensusException(
                ConsensusException.Reason.STOPPED, "this server has failed and must be restarted: " + reason.get());
    }
}
