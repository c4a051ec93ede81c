package dev.coord.server.http;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One address that HTTP is served on.
 *
 * @param host a host name, an IP address, or {@code unix:///path/of/a/socket}
 * @param port 0: any free one; of no meaning for a unix socket
 * @param tls null: plain
 * @param socketFile how the file of a unix socket is made
 * @param admin whoever can open it may do everything without a token, and is held to no limit of connections or requests
 */
public record HttpAddress(String host, int port, @Nullable Tls tls, SocketFile socketFile, boolean admin) {

    private static final String UNIX = "unix://";
    private static final int PORT_MAX = 65_535;

    public HttpAddress {
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("HTTP port " + port + " is not between 0 and " + PORT_MAX);
        }
    }

    /** An address for everybody. */
    public HttpAddress(String host, int port, @Nullable Tls tls, SocketFile socketFile) {
        this(host, port, tls, socketFile, false);
    }

    /** Plain HTTP on a host and port. */
    public static HttpAddress plain(String host, int port) {
        return new HttpAddress(host, port, null, SocketFile.DEFAULT);
    }

    /** A unix socket for whom the system lets open it: the owner of this process, and root. */
    public static HttpAddress admin(Path socket) {
        return new HttpAddress(UNIX + socket, 0, null, SocketFile.OWNER_ALONE, true);
    }

    boolean isUnix() {
        return host.startsWith(UNIX);
    }

    /** Of a unix socket. */
    Path path() {
        return Path.of(host.substring(UNIX.length()));
    }

    /** For messages. */
    String text() {
        return isUnix() ? host : host + " port " + port;
    }

    /**
     * PEM files.
     *
     * @param clientAuthorities who signs clients' certificates; null: clients need none
     */
    public record Tls(
            Path certificateChain,
            Path privateKey,
            @Nullable Path clientAuthorities) {}

    /**
     * How the file of a unix socket is made.
     *
     * @param mode permission bits, octal; empty: as the process's mask says
     * @param user name or number; empty: the process's
     * @param group name or number; empty: the process's
     */
    public record SocketFile(String mode, String user, String group) {
        public static final SocketFile DEFAULT = new SocketFile("", "", "");
        static final SocketFile OWNER_ALONE = new SocketFile("0600", "", "");
    }
}
