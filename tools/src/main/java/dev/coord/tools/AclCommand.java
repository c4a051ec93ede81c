package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "acl",
        mixinStandardHelpOptions = true,
        description = {
            "Who may do what: tokens, policies and roles.",
            "The verbs and options are those of \"consul acl\"."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AclTokenCommand.class, AclPolicyCommand.class, AclRoleCommand.class})
final class AclCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "bootstrap",
            mixinStandardHelpOptions = true,
            description = "Creates the first management token; once. Keep its SecretID: it opens everything.")
    int bootstrap(@Mixin HttpConnection http) {
        JsonObject token = http.put("/v1/acl/bootstrap", new JsonObject());
        return print(spec, http, token, AclText.token(token, false));
    }

    @Command(
            name = "set-agent-token",
            mixinStandardHelpOptions = true,
            description = "Sets a token that the server uses itself: default, agent, agent_master or replication.")
    int setAgentToken(
            @Mixin HttpConnection http,
            @Parameters(paramLabel = "TYPE") String type,
            @Parameters(paramLabel = "SECRET") String secret) {
        http.send(
                "PUT",
                "/v1/agent/token/" + HttpConnection.encoded(type),
                new JsonObject().put("Token", secret).encode());
        return print(spec, "ACL token \"" + type + "\" set successfully\n");
    }

    @Command(
            name = "translate-rules",
            mixinStandardHelpOptions = true,
            description = "Prints rules from before Consul 1.4 in today's language.")
    int translateRules(
            @Mixin HttpConnection http,
            @Parameters(paramLabel = "RULES", description = "The rules, @FILE or - for the standard input.")
                    String rules) {
        return print(spec, http.send("POST", "/v1/acl/rules/translate", content(rules)) + "\n");
    }

    // ---- what the groups have in common

    static int print(CommandSpec spec, HttpConnection http, JsonObject json, String text) {
        return print(spec, http.json() ? json.encodePrettily() + "\n" : text);
    }

    static int print(CommandSpec spec, HttpConnection http, JsonArray json, String text) {
        return print(spec, http.json() ? json.encodePrettily() + "\n" : text);
    }

    static int print(CommandSpec spec, String text) {
        spec.commandLine().getOut().print(text);
        spec.commandLine().getOut().flush();
        return ExitCode.OK.status();
    }

    /** The text itself, the content of @FILE, or for - what comes in. */
    static String content(String given) {
        try {
            if (given.equals("-")) {
                return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
            }
            return given.startsWith("@") ? Files.readString(Path.of(given.substring(1))) : given;
        } catch (IOException e) {
            throw new StartupException(ExitCode.USAGE, given + " can't be read: " + e, e);
        }
    }

    /** The one of a list whose id begins so. */
    static String idOf(String prefix, JsonArray list, String idField, String what) {
        List<String> ids = AclText.objects(list).stream()
                .map(entry -> entry.getString(idField))
                .filter(id -> id.startsWith(prefix))
                .toList();
        if (ids.size() != 1) {
            throw new StartupException(
                    ExitCode.FAILED,
                    ids.isEmpty()
                            ? "no such " + what + " ID with prefix: " + prefix
                            : ids.size() + " " + what + " IDs begin with " + prefix + ": give more of it");
        }
        return ids.get(0);
    }
}
