package dev.coord.server;

import dev.coord.server.ServerConfig.Listen;
import dev.coord.server.ServerConfig.SocketFiles;
import dev.coord.server.ServerConfig.Tls;
import dev.coord.server.grpc.GrpcOptions;
import dev.coord.server.http.HttpAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the configuration says to listen, in the words of the parts that listen. */
final class ListenAddresses {

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
