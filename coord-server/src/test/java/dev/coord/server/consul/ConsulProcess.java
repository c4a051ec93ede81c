package dev.coord.server.consul;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real Consul of one server on free ports, its files in a directory of its own. Close it to end it. */
final class ConsulProcess implements AutoCloseable {

    private final Process process;
    private final int httpPort;
    private final int raftPort;

    ConsulProcess(String binary, Path directory) throws IOException {
        List<Integer> ports = freePorts(4);
        httpPort = ports.get(0);
        raftPort = ports.get(1);
        process = new ProcessBuilder(
                        binary,
                        "agent",
                        "-server",
                        "-bootstrap",
                        "-node=n1",
                        "-data-dir=" + directory.resolve("data"),
                        "-bind=127.0.0.1",
                        "-http-port=" + httpPort,
                        "-server-port=" + raftPort,
                        "-serf-lan-port=" + ports.get(2),
                        "-serf-wan-port=" + ports.get(3),
                        "-dns-port=-1",
                        "-grpc-port=-1",
                        "-hcl=performance { raft_multiplier = 1 } connect { enabled = false }")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("consul.log").toFile())
                .start();
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    String httpAddress() {
        return "127.0.0.1:" + httpPort;
    }

    int raftPort() {
        return raftPort;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
