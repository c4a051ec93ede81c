package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "raft",
        mixinStandardHelpOptions = true,
        description = "The servers that vote.",
        synopsisSubcommandLabel = "COMMAND")
final class OperatorRaftCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "list-peers",
            mixinStandardHelpOptions = true,
            description = "Prints the servers of the group; --stale asks one that knows no leader.")
    int listPeers(@Mixin HttpConnection http) {
        JsonObject configuration = http.get("/v1/operator/raft/configuration");
        if (http.json()) {
            return Console.say(GoJson.pretty(configuration, "  "));
        }
        TextTable table = new TextTable("Node", "ID", "Address", "State", "Voter", "RaftProtocol");
        for (JsonObject server : AclText.objects(configuration.getJsonArray("Servers"))) {
            String protocol = server.getString("ProtocolVersion", "");
            table.add(
                    server.getString("Node"),
                    server.getString("ID"),
                    server.getString("Address"),
                    Boolean.TRUE.equals(server.getBoolean("Leader")) ? "leader" : "follower",
                    String.valueOf(server.getBoolean("Voter")),
                    protocol.isEmpty() ? "<=1" : protocol);
        }
        return Console.say(table.toString());
    }

    @Command(
            name = "remove-peer",
            mixinStandardHelpOptions = true,
            description = "Takes a server that is no more out of the group, by address or by id.")
    int removePeer(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--address", "-address"},
                            paramLabel = "HOST:PORT",
                            description = "Its Raft address.")
                    @Nullable
                    String address,
            @Option(
                            names = {"--id", "-id"},
                            description = "Its id.")
                    @Nullable
                    String id) {
        if (address == null && id == null) {
            throw new StartupException(
                    ExitCode.USAGE, "Error removing peer: an address or id is required for the peer to remove");
        }
        if (address != null && id != null) {
            throw new StartupException(ExitCode.USAGE, "Error removing peer: cannot give both an address and id");
        }
        String what = address != null ? "address" : "id";
        String which = address != null ? address : id;
        http.send("DELETE", HttpConnection.with("/v1/operator/raft/peer", what, which), "");
        return Console.say("Removed peer with " + what + " \"" + which + "\"");
    }
}
