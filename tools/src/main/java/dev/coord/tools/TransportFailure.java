package dev.coord.tools;

import io.netty.handler.ssl.NotSslRecordException;
import io.vertx.core.http.HttpClosedException;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why no server has answered, in words: what, and what to do. The address stands before it. */
final class TransportFailure {

    private static final String SEE = "; see --http-addr";

    private TransportFailure() {}

    static String reason(@Nullable Throwable failure) {
        if (failure instanceof TimeoutException) {
            return "nothing came for " + failure.getMessage()
                    + " s: the server is stopped or overloaded, or something between drops what is sent" + SEE;
        }
        boolean tls = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String known = known(cause);
            if (known != null) {
                return known + SEE;
            }
            tls |= cause instanceof SSLException;
            if (cause.getCause() == null) {
                // Of TLS's failures only the innermost cause says what is wrong.
                return (tls ? "TLS: " + cause.getMessage() : String.valueOf(failure)) + SEE;
            }
        }
        return "no address was given" + SEE;
    }

    private static @Nullable String known(Throwable cause) {
        String said = String.valueOf(cause.getMessage());
        if (cause instanceof NotSslRecordException) {
            return "it does not speak TLS: give the port of HTTPS (ports.https), or leave out https://";
        }
        if (cause instanceof UnknownHostException) {
            return "nobody knows a host of this name: give its IP address, or look into its spelling and the name server";
        }
        if (cause instanceof ConnectException && said.contains("Connection refused")) {
            return "connection refused";
        }
        if (cause instanceof FileNotFoundException
                || (cause instanceof ConnectException && said.contains("No such file or directory"))) {
            return "there is no such socket: the server is not running, or serves another one";
        }
        if (said.contains("Permission denied") && cause instanceof ConnectException) {
            return "this user may not open the socket";
        }
        if (cause instanceof NoRouteToHostException) {
            return "no network leads there";
        }
        if (cause instanceof HttpClosedException || cause instanceof ClosedChannelException) {
            return "it closed the connection without an answer: it was stopped just then, or the port is not one of plain"
                    + " HTTP (with TLS it is https://)";
        }
        if (said.contains("invalid version format") || said.contains("Response code")) {
            return "what answers does not speak HTTP: give the port of HTTP (ports.http)";
        }
        return null;
    }
}
