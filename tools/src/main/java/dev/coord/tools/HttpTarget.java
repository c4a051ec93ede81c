package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.util.Locale;

/**
 * Where a server's HTTP is.
 *
 * @param socket what to connect to
 * @param host for the Host header and, over TLS, the certificate
 * @param text as it was given, for messages
 */
record HttpTarget(SocketAddress socket, String host, boolean tls, String text) {

    private static final String UNIX = "unix://";
    private static final int PORT = 8500;

    /**
     * Reads an address as Consul's tools take it: {@code host:port}, {@code http://}, {@code https://} or
     * {@code unix:///path}.
     *
     * @param tlsWithoutScheme whether an address that says neither is meant with TLS
     */
    static HttpTarget of(String text, boolean tlsWithoutScheme) {
        if (text.startsWith(UNIX)) {
            return new HttpTarget(
                    SocketAddress.domainSocketAddress(text.substring(UNIX.length())), "localhost", false, text);
        }
        boolean tls = tlsWithoutScheme;
        String rest = text;
        int scheme = text.indexOf("://");
        if (scheme >= 0) {
            String name = text.substring(0, scheme).toLowerCase(Locale.ROOT);
            if (!name.equals("http") && !name.equals("https")) {
                throw new StartupException(
                        ExitCode.USAGE, "-http-addr " + text + ": the scheme is http, https or unix");
            }
            // Consul's tools let CONSUL_HTTP_SSL win over an http:// that is written out.
            tls = tls || name.equals("https");
            rest = text.substring(scheme + 3);
        }
        int slash = rest.indexOf('/');
        if (slash >= 0) {
            rest = rest.substring(0, slash);
        }
        int colon = rest.lastIndexOf(':');
        boolean hasPort = colon > rest.lastIndexOf(']');
        String host = hasPort ? rest.substring(0, colon) : rest;
        int port = hasPort ? port(text, rest.substring(colon + 1)) : PORT;
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        if (bare.isEmpty()) {
            bare = "127.0.0.1";
        }
        return new HttpTarget(SocketAddress.inetSocketAddress(port, bare), bare, tls, text);
    }

    /** Where an http or https URL points. */
    static HttpTarget of(URI url) {
        boolean tls = url.getScheme().equals("https");
        String host = url.getHost();
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
        return new HttpTarget(SocketAddress.inetSocketAddress(port, bare), bare, tls, url.toString());
    }

    private static int port(String text, String port) {
        try {
            int number = Integer.parseInt(port);
            if (number > 0 && number <= 65_535) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new StartupException(ExitCode.USAGE, "-http-addr " + text + ": \"" + port + "\" is no port");
    }
}
