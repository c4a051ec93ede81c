package dev.coord.server;

import dev.coord.server.ServerConfig.Listen;
import dev.coord.server.ServerConfig.SocketFiles;
import dev.coord.server.ServerConfig.Tls;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.http.HttpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the configuration says to listen, in the words of the parts that listen. */
final class ListenAddresses {

    private static final Logger LOG = LoggerFactory.getLogger(ListenAddresses.class);
    /** What the kernels have room for, without the byte that ends it. */
    private static final int SOCKET_PATH_BYTES_MAX = 103;

    private ListenAddresses() {}

    /** Plain ones first. */
    static List<HttpAddress> http(ServerConfig config) {
        SocketFiles files = config.socketFiles();
        HttpAddress.SocketFile file = new HttpAddress.SocketFile(files.mode(), files.user(), files.group());
        List<HttpAddress> all = new ArrayList<>();
        config.http().forEach(listen -> all.add(new HttpAddress(listen.host(), listen.port(), null, file)));
        Tls tls = config.httpsTls();
        if (tls != null) {
            HttpAddress.Tls certificate =
                    new HttpAddress.Tls(tls.certFile(), tls.keyFile(), tls.verifyClients() ? tls.caFile() : null);
            config.https().forEach(listen -> all.add(new HttpAddress(listen.host(), listen.port(), certificate, file)));
        }
        return all;
    }

    /**
     * The admin socket, in a directory that it is made for and that only its owner may enter; null: none.
     *
     * @throws StartupException if the directory can't be made
     */
    static @Nullable HttpAddress admin(ServerConfig config) {
        Path socket = config.adminSocket();
        if (socket == null) {
            return null;
        }
        Path absolute = socket.toAbsolutePath();
        int bytes = absolute.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > SOCKET_PATH_BYTES_MAX) {
            LOG.warn(
                    "There is no admin socket: its path {} has {} bytes, a socket's may have {}. Give a shorter one"
                            + " (admin_socket), or none to be asked no more",
                    absolute,
                    bytes,
                    SOCKET_PATH_BYTES_MAX);
            return null;
        }
        try {
            Path directory = Objects.requireNonNull(absolute.getParent());
            if (!Files.exists(directory)) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new StartupException(
                    ExitCode.DATA_DIR, "the directory of the admin socket " + absolute + " can't be made: " + e, e);
        }
        return HttpAddress.admin(absolute);
    }

    /** Plain ones first. */
    static List<GrpcOptions.Address> grpc(ServerConfig config) {
        List<GrpcOptions.Address> all = new ArrayList<>(addresses(config.grpc(), null));
        Tls tls = config.grpcTlsFiles();
        if (tls != null) {
            all.addAll(addresses(
                    config.grpcTls(),
                    new GrpcOptions.Tls(tls.certFile(), tls.keyFile(), tls.verifyClients() ? tls.caFile() : null)));
        }
        return all;
    }

    private static List<GrpcOptions.Address> addresses(List<Listen> listens, GrpcOptions.@Nullable Tls tls) {
        return listens.stream()
                .map(listen -> {
                    if (listen.isUnix()) {
                        throw new StartupException(
                                ExitCode.CONFIG, "addresses.grpc: gRPC is not served on unix sockets; give an address");
                    }
                    return new GrpcOptions.Address(listen.host(), listen.port(), tls);
                })
                .toList();
    }
}
