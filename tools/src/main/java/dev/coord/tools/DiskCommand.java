package dev.coord.tools;

import dev.coord.server.ExitCode;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "disk",
        mixinStandardHelpOptions = true,
        description = "The room on a server's disk.",
        synopsisSubcommandLabel = "COMMAND")
final class DiskCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = {
                "How much room there is, and whether writes are refused for want of it (configuration: disk).",
                "Exit status: 0 there is room, 1 it is low."
            })
    int status(@Mixin HttpConnection http) {
        JsonObject status = http.get("/v1/agent/disk");
        JsonObject shown = status.copy();
        if (shown.getString("Error", "").isEmpty()) {
            shown.remove("Error");
        }
        Console.say(http.json() ? status.encode() : Console.fields(shown));
        return (status.getBoolean("Low", false) ? ExitCode.FAILED : ExitCode.OK).status();
    }
}
