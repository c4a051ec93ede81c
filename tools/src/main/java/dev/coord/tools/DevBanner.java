package dev.coord.tools;

import dev.coord.server.CoordServer;
import dev.coord.server.ServerConfig;
import java.io.PrintWriter;
import java.util.Locale;

/** What {@code coord dev} tells its user. Every line that looks like a command works as printed. */
final class DevBanner {

    private final ServerConfig config;
    private final PrintWriter out;

    DevBanner(ServerConfig config, PrintWriter out) {
        this.config = config;
        this.out = out;
    }

    void addresses(CoordServer server) {
        out.printf(
                "Coord is up: server %s, data in %s, %s log%n",
                config.nodeName(), config.dataDir(), config.logBackend());
        out.printf("  HTTP  http://%s  (Consul's API)%n", server.httpAddress());
        out.printf("  gRPC  %s%n", server.grpcAddress());
        out.printf("  Raft  %s%n", server.raftAddress());
        out.printf("  DNS   %s%n", server.dnsAddress());
        out.flush();
    }

    void leads(CoordServer server) {
        String address = server.grpcAddress().endsWith(":" + ServerConfig.GRPC_PORT_DEFAULT)
                ? ""
                : " --address " + server.grpcAddress();
        out.printf(
                Locale.ROOT,
                "It leads, %.1f s after its start. Try in another terminal:%n",
                server.sinceStartSeconds());
        out.printf("  %s kv put greeting hello%s%n", ServerRun.launcher(), address);
        out.printf("  curl 'http://%s/v1/kv/greeting?raw'%n", server.httpAddress());
        out.printf("  %s kv watch greeting%s%n", ServerRun.launcher(), address);
        out.println("Ctrl-C stops it.");
        out.flush();
    }
}
