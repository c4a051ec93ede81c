package dev.coord.server.http;

import dev.coord.server.http.HttpAddress.SocketFile;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;

/** The files of unix sockets: one of an earlier life is removed, a new one gets its mode and owner. */
final class SocketFiles {

    private static final int OCTAL = 8;
    /** Of the type bits of a file's mode, those that say socket. */
    private static final int TYPE_BITS = 0170000;

    private static final int TYPE_SOCKET = 0140000;

    private SocketFiles() {}

    /** Removes what an earlier process left; anything but a socket is refused. */
    static void clear(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & TYPE_BITS) != TYPE_SOCKET) {
            throw new IOException(path + " is there and is no socket: move it away, or choose another path");
        }
        if (isListenedTo(path)) {
            throw new IOException(path + " belongs to a process that runs: stop it, or choose another path");
        }
        Files.delete(path);
    }

    /** Asked without waiting, for who listens may be stopped; what may not be asked is not taken for dead. */
    private static boolean isListenedTo(Path path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            var unused = channel.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (ConnectException nobody) {
            return false;
        }
    }

    /** After the socket was bound. */
    static void secure(Path path, SocketFile wanted) throws IOException {
        UserPrincipalLookupService names = path.getFileSystem().getUserPrincipalLookupService();
        if (!wanted.group().isEmpty()) {
            GroupPrincipal group = names.lookupPrincipalByGroupName(wanted.group());
            Files.getFileAttributeView(path, PosixFileAttributeView.class).setGroup(group);
        }
        if (!wanted.user().isEmpty()) {
            Files.setOwner(path, names.lookupPrincipalByName(wanted.user()));
        }
        if (!wanted.mode().isEmpty()) {
            try {
                Files.setAttribute(path, "unix:mode", TYPE_SOCKET | Integer.parseInt(wanted.mode(), OCTAL));
            } catch (NumberFormatException e) {
                throw new IOException("unix_sockets.mode \"" + wanted.mode() + "\" is not octal, like 0660", e);
            }
        }
    }
}
