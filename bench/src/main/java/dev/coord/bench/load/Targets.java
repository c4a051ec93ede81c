package dev.coord.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How each server is started: the same machine, its own directory, every commit synced, limits out of the way. */
final class Targets {

    private final Path coord;
    private final Path consul;
    private final Path work;

    /**
     * @param coord the launcher
     * @param consul the peer's binary
     * @param work where data directories and logs go
     */
    Targets(Path coord, Path consul, Path work) {
        this.coord = coord;
        this.consul = consul;
        this.work = work;
    }

    /** One server of ours. */
    ServerProcess coord(String name) throws IOException {
        return coord(name, List.of());
    }

    /** One server of ours with its own options. */
    ServerProcess coord(String name, List<String> options) throws IOException {
        int[] ports = freePorts(4);
        List<String> more = new ArrayList<>(options);
        more.add("-bootstrap");
        return new ServerProcess(name, coordCommand(name, ports, more), ports[0], ports[2], work.resolve(name));
    }

    /** A Consul server. */
    ServerProcess consul(String name) throws IOException {
        int[] ports = freePorts(4);
        Path data = work.resolve(name);
        return new ServerProcess(
                name,
                List.of(
                        consul.toString(),
                        "agent",
                        "-server",
                        "-bootstrap",
                        "-data-dir",
                        data.toString(),
                        "-bind",
                        "127.0.0.1",
                        "-node",
                        name,
                        "-http-port",
                        "" + ports[0],
                        "-server-port",
                        "" + ports[1],
                        "-serf-lan-port",
                        "" + ports[2],
                        "-serf-wan-port",
                        "" + ports[3],
                        "-dns-port",
                        "-1",
                        "-hcl",
                        "performance { raft_multiplier = 1 } limits { http_max_conns_per_client = 10000 }"
                                + " disable_update_check = true"),
                ports[0],
                data);
    }

    /** Three servers of ours that form a cluster. */
    List<ServerProcess> coordCluster(String name) throws IOException {
        int[] ports = freePorts(12);
        List<ServerProcess> servers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] own = {ports[i * 4], ports[i * 4 + 1], ports[i * 4 + 2], ports[i * 4 + 3]};
            List<String> more = new ArrayList<>(List.of("-bootstrap-expect", "3"));
            for (int j = 0; j < 3; j++) {
                more.addAll(List.of("-retry-join", "127.0.0.1:" + ports[j * 4 + 1]));
            }
            String server = name + "-" + (i + 1);
            servers.add(new ServerProcess(server, coordCommand(server, own, more), own[0], work.resolve(server)));
        }
        return servers;
    }

    private List<String> coordCommand(String name, int[] ports, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                coord.toString(),
                "agent",
                "-server",
                "-data-dir",
                work.resolve(name).toString(),
                "-bind",
                "127.0.0.1",
                "-node",
                name,
                "-http-port",
                "" + ports[0],
                "-server-port",
                "" + ports[1],
                "-grpc-port",
                "" + ports[2],
                "-dns-port",
                "-1"));
        command.addAll(more);
        return command;
    }

    private static int[] freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            int[] ports = new int[count];
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports[i] = socket.getLocalPort();
            }
            return ports;
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
