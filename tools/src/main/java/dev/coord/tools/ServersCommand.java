package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.ServerInfo;
import dev.coord.server.ExitCode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "servers",
        mixinStandardHelpOptions = true,
        description = "Prints the servers, who leads and where they listen.")
final class ServersCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Override
    public Integer call() {
        List<ServerInfo> members;
        try (CoordClient client = connection.open()) {
            members = client.members();
        }
        spec.commandLine().getOut().println(connection.json() ? json(members) : table(members));
        return ExitCode.OK.status();
    }

    private static String table(List<ServerInfo> members) {
        TextTable table = new TextTable("NAME", "ROLE", "ALIVE", "RAFT", "GRPC", "HTTP");
        for (ServerInfo member : members) {
            table.add(
                    member.name(),
                    role(member),
                    member.alive() ? "yes" : "no",
                    member.raftAddress(),
                    member.grpcAddress(),
                    member.httpAddress());
        }
        return table.toString();
    }

    private static String role(ServerInfo member) {
        if (member.leader()) {
            return "leader";
        }
        return member.voter() ? "follower" : "learner";
    }

    private static JsonText json(List<ServerInfo> members) {
        JsonText json = new JsonText().array();
        for (ServerInfo member : members) {
            json.object()
                    .put("name", member.name())
                    .put("leader", member.leader())
                    .put("voter", member.voter())
                    .put("alive", member.alive())
                    .put("raft_address", member.raftAddress())
                    .put("grpc_address", member.grpcAddress())
                    .put("http_address", member.httpAddress())
                    .end();
        }
        return json.endArray();
    }
}
