package dev.coord.bench.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** How each server is started: the same machine, its own directory, every commit synced, limits out of the way. */
final class Targets {

    private static final int PORT_LOWEST = 20_000;
    private static final int PORT_HIGHEST = 32_000;

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
    ServerProcess coord(String name) {
        return coord(name, List.of());
    }

    /** One server of ours with its own options. */
    ServerProcess coord(String name, List<String> options) {
        int[] ports = freePorts(4);
        List<String> more = new ArrayList<>(options);
        more.add("-bootstrap");
        return new ServerProcess(name, coordCommand(name, ports, more), ports[0], ports[2], work.resolve(name));
    }

    /** A Consul server. */
    ServerProcess consul(String name) {
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
    List<ServerProcess> coordCluster(String name) {
        return coordCluster(List.of(name + "-1", name + "-2", name + "-3"));
    }

    /** Three servers of ours of these names. */
    List<ServerProcess> coordCluster(List<String> names) {
        int[] ports = freePorts(12);
        List<ServerProcess> servers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] own = {ports[i * 4], ports[i * 4 + 1], ports[i * 4 + 2], ports[i * 4 + 3]};
            List<String> more = new ArrayList<>(List.of("-bootstrap-expect", "3"));
            for (int j = 0; j < 3; j++) {
                more.addAll(List.of("-retry-join", "127.0.0.1:" + ports[j * 4 + 1]));
            }
            String server = names.get(i);
            servers.add(
                    new ServerProcess(server, coordCommand(server, own, more), own[0], own[2], work.resolve(server)));
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

    /** Below those that the system gives to outgoing connections: one of these might take a port before its server starts. */
    private static int[] freePorts(int count) {
        int[] ports = new int[count];
        int found = 0;
        while (found < count) {
            int port = ThreadLocalRandom.current().nextInt(PORT_LOWEST, PORT_HIGHEST);
            boolean fresh = IntStream.of(ports).noneMatch(known -> known == port);
            if (fresh && isFree(port)) {
                ports[found++] = port;
            }
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
