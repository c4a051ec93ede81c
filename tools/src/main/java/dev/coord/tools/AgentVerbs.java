package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is asked of one running server or agent: each a request and a line. */
final class AgentVerbs {

    private AgentVerbs() {}

    @Command(name = "info", mixinStandardHelpOptions = true, description = "Prints figures of the server asked.")
    static final class Info implements Callable<Integer> {
        @Mixin
        private HttpConnection http;

        @Override
        public Integer call() {
            JsonObject stats = http.get("/v1/agent/self").getJsonObject("Stats");
            if (http.json()) {
                return Console.say(GoJson.pretty(stats, "  "));
            }
            new TreeMap<>(stats.getMap()).forEach((section, values) -> {
                Console.say(section + ":");
                new TreeMap<>(stats.getJsonObject(section).getMap())
                        .forEach((name, value) -> Console.say("\t" + name + " = " + value));
            });
            return ExitCode.OK.status();
        }
    }

    @Command(
            name = "join",
            mixinStandardHelpOptions = true,
            description = {"Tells the server asked of others.", "Status 1 unless one of them was reached."})
    static final class Join implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private HttpConnection http;

        @Parameters(arity = "1..*", paramLabel = "ADDRESS")
        private List<String> addresses = List.of();

        @Option(
                names = {"--wan", "-wan"},
                description = "Not offered: there is one datacenter.")
        private boolean wan;

        @Override
        public Integer call() {
            int joined = 0;
            for (String address : addresses) {
                HttpAnswer answer = http.call(
                        "PUT", "/v1/agent/join/" + HttpConnection.encoded(address) + (wan ? "?wan=1" : ""), null);
                if (answer.isSuccess()) {
                    joined++;
                } else {
                    Console.note(
                            spec,
                            "Error joining address '" + address + "': Unexpected response code: " + answer.status()
                                    + " (" + answer.text().strip() + ")");
                }
            }
            if (joined == 0) {
                throw new StartupException(ExitCode.FAILED, "Failed to join any nodes.");
            }
            return Console.say("Successfully joined cluster by contacting " + joined + " nodes.");
        }
    }

    @Command(
            name = "leave",
            mixinStandardHelpOptions = true,
            description = "Has the server asked leave its cluster and end.")
    static final class Leave implements Callable<Integer> {
        @Mixin
        private HttpConnection http;

        @Override
        public Integer call() {
            http.send("PUT", "/v1/agent/leave", "");
            return Console.say("Graceful leave complete");
        }
    }

    @Command(
            name = "force-leave",
            mixinStandardHelpOptions = true,
            description = "Gives up a server or agent that has failed.")
    static final class ForceLeave implements Callable<Integer> {
        @Mixin
        private HttpConnection http;

        @Parameters(paramLabel = "NODE")
        private String node;

        @Option(
                names = {"--prune", "-prune"},
                description = "Take it from the list of members, too.")
        private boolean prune;

        @Override
        public Integer call() {
            String path = "/v1/agent/force-leave/" + HttpConnection.encoded(node);
            http.send("PUT", prune ? HttpConnection.with(path, "prune", "1") : path, "");
            return ExitCode.OK.status();
        }
    }

    @Command(
            name = "reload",
            mixinStandardHelpOptions = true,
            description = "Has the server asked read its configuration files again.")
    static final class Reload implements Callable<Integer> {
        @Mixin
        private HttpConnection http;

        @Override
        public Integer call() {
            http.send("PUT", "/v1/agent/reload", "");
            return Console.say("Configuration reload triggered");
        }
    }
}
