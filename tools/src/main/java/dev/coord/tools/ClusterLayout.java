package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.ServerConfig;
import dev.coord.server.StartupException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who the servers of {@code coord cluster} are: a configuration file for each, written when the directory is new and kept
 * from then on, because a cluster knows its servers by their Raft addresses.
 */
final class ClusterLayout {

    private static final int PORT_STEP = 10;
    /** A block of ports that is taken is passed over this often. */
    private static final int BLOCKS_MAX = 50;

    private static final int BLOCK_STEP = 100;
    private static final int SERVERS_MAX = 9;

    private ClusterLayout() {}

    static List<ClusterMember> of(Path directory, int servers, @Nullable String logBackend) {
        if (servers < 1 || servers > SERVERS_MAX || servers % 2 == 0) {
            throw new StartupException(
                    ExitCode.USAGE, "--servers " + servers + ": an odd number from 1 to " + SERVERS_MAX + " is needed");
        }
        try {
            List<ClusterMember> known = read(directory);
            if (!known.isEmpty()) {
                known.forEach(ClusterLayout::requireFree);
                return known;
            }
            return write(directory, servers, logBackend);
        } catch (IOException e) {
            throw new StartupException(ExitCode.DATA_DIR, "cluster directory " + directory + " can't be used: " + e, e);
        }
    }

    private static List<ClusterMember> read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(ClusterLayout::member)
                    .toList();
        }
    }

    private static ClusterMember member(Path file) {
        try {
            JsonObject config = new JsonObject(Files.readString(file));
            JsonObject ports = config.getJsonObject("ports");
            return member(
                    file,
                    config.getString("node_name"),
                    ports.getInteger("http"),
                    ports.getInteger("grpc"),
                    ports.getInteger("server"),
                    ports.getInteger("dns", -1));
        } catch (IOException | DecodeException | ClassCastException | NullPointerException e) {
            throw new StartupException(
                    ExitCode.CONFIG, file + " does not describe a server of a cluster: " + e.getMessage(), e);
        }
    }

    private static ClusterMember member(Path file, String name, int http, int grpc, int raft, int dns) {
        return new ClusterMember(name, file, file.resolveSibling(name + ".log"), http, grpc, raft, dns);
    }

    private static List<ClusterMember> write(Path directory, int servers, @Nullable String logBackend)
            throws IOException {
        Files.createDirectories(directory);
        int shift = freeBlock(servers);
        List<ClusterMember> members = new ArrayList<>();
        for (int i = 0; i < servers; i++) {
            String name = "server-" + (i + 1);
            int step = shift + i * PORT_STEP;
            members.add(member(
                    directory.resolve(name + ".json"),
                    name,
                    ServerConfig.HTTP_PORT_DEFAULT + step,
                    ServerConfig.GRPC_PORT_DEFAULT + step,
                    ServerConfig.RAFT_PORT_DEFAULT + step,
                    ServerConfig.DNS_PORT_DEFAULT + step));
        }
        for (ClusterMember member : members) {
            Files.writeString(member.configFile(), config(directory, member, members, logBackend));
        }
        return members;
    }

    private static String config(
            Path directory, ClusterMember member, List<ClusterMember> members, @Nullable String logBackend) {
        JsonArray others = new JsonArray();
        members.stream().map(ClusterMember::raftAddress).forEach(others::add);
        JsonObject config = new JsonObject()
                .put("server", true)
                .put("node_name", member.name())
                .put("data_dir", directory.resolve(member.name()).toString())
                .put("bootstrap_expect", members.size())
                .put("retry_join", others)
                .put(
                        "ports",
                        new JsonObject()
                                .put("http", member.httpPort())
                                .put("grpc", member.grpcPort())
                                .put("server", member.raftPort())
                                .put("dns", member.dnsPort()));
        if (logBackend != null) {
            config.put("log_backend", logBackend);
        }
        return config.encodePrettily() + "\n";
    }

    private static int freeBlock(int servers) {
        for (int block = 0; block < BLOCKS_MAX; block++) {
            int shift = block * BLOCK_STEP;
            boolean free = true;
            for (int i = 0; i < servers && free; i++) {
                int step = shift + i * PORT_STEP;
                free = isFree(ServerConfig.HTTP_PORT_DEFAULT + step)
                        && isFree(ServerConfig.GRPC_PORT_DEFAULT + step)
                        && isFree(ServerConfig.RAFT_PORT_DEFAULT + step)
                        && isFree(ServerConfig.DNS_PORT_DEFAULT + step);
            }
            if (free) {
                return shift;
            }
        }
        throw new StartupException(ExitCode.ADDRESS, "no free ports found for the servers");
    }

    private static void requireFree(ClusterMember member) {
        for (int port : List.of(member.httpPort(), member.grpcPort(), member.raftPort(), member.dnsPort())) {
            if (port > 0 && !isFree(port)) {
                throw new StartupException(
                        ExitCode.ADDRESS,
                        "port " + port + " of " + member.name() + " is in use: stop what listens there (a server of"
                                + " this cluster that still runs?) or choose another --data-dir");
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
