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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "raft",
        mixinStandardHelpOptions = true,
        description = "The servers that vote: who they are, and how they come and go.",
        synopsisSubcommandLabel = "COMMAND")
final class OperatorRaftCommand implements Callable<Integer> {

    private static final String SERVER = "SERVER";
    private static final String WHICH = "Its name, id or Raft address.";

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
                    role(server),
                    String.valueOf(server.getBoolean("Voter")),
                    protocol.isEmpty() ? "<=1" : protocol);
        }
        return Console.say(table.toString());
    }

    private static String role(JsonObject server) {
        if (Boolean.TRUE.equals(server.getBoolean("Leader"))) {
            return "leader";
        }
        return Boolean.FALSE.equals(server.getBoolean("Voter")) ? "learner" : "follower";
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Lets a running server in: as a learner, and as a voter once it has caught up.")
    int add(
            @Mixin HttpConnection http,
            @Mixin ChangeOptions options,
            @Option(names = "--learner", description = "It stays a learner, without a vote.") boolean learner,
            @Parameters(paramLabel = "ADDRESS", description = "Its Raft address, host:port.") String address) {
        return new RaftSteps(http, options, spec).add(address, learner);
    }

    @Command(name = "promote", mixinStandardHelpOptions = true, description = "Gives a learner a vote.")
    int promote(
            @Mixin HttpConnection http,
            @Mixin ChangeOptions options,
            @Parameters(paramLabel = SERVER, description = WHICH) String server) {
        return new RaftSteps(http, options, spec).promote(server);
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Takes a server out of the cluster, whether it answers or not.")
    int remove(
            @Mixin HttpConnection http,
            @Mixin ChangeOptions options,
            @Parameters(paramLabel = SERVER, description = WHICH) String server) {
        return new RaftSteps(http, options, spec).remove(server);
    }

    @Command(
            name = "replace",
            mixinStandardHelpOptions = true,
            description = "Gives the vote of one server to another, in one step, once that has caught up.")
    int replace(
            @Mixin HttpConnection http,
            @Mixin ChangeOptions options,
            @Parameters(paramLabel = "OLD", description = WHICH) String old,
            @Parameters(paramLabel = "NEW", description = "The Raft address of a running server, or a learner.")
                    String fresh) {
        return new RaftSteps(http, options, spec).replace(old, fresh);
    }

    @Command(name = "transfer-leader", mixinStandardHelpOptions = true, description = "Has another server lead.")
    int transferLeader(
            @Mixin HttpConnection http,
            @Mixin ChangeOptions options,
            @Option(
                            names = {"--id", "-id"},
                            description = "As in Consul: its id.")
                    @Nullable
                    String id,
            @Parameters(
                            paramLabel = SERVER,
                            arity = "0..1",
                            description = WHICH + " Without one: whichever is furthest.")
                    @Nullable
                    String server) {
        return new RaftSteps(http, options, spec).transferLeader(server == null ? id : server);
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
