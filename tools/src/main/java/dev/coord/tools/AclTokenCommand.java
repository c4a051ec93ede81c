package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.AclLinks.Merge;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "What clients show.",
        synopsisSubcommandLabel = "COMMAND")
final class AclTokenCommand implements Callable<Integer> {

    private static final String TOKEN = "/v1/acl/token";
    private static final String ANONYMOUS = "00000000-0000-0000-0000-000000000002";
    private static final int UUID_CHARS = 36;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Creates a token and prints its SecretID.")
    int create(
            @Mixin HttpConnection http,
            @Mixin AclLinks links,
            @Option(
                            names = {"--description", "-description"},
                            defaultValue = "",
                            description = "What it is for.")
                    String description,
            @Option(
                            names = {"--accessor", "-accessor"},
                            defaultValue = "",
                            description = "Its accessor, a UUID.")
                    String accessor,
            @Option(
                            names = {"--secret", "-secret"},
                            defaultValue = "",
                            description = "Its secret.")
                    String secret,
            @Option(
                            names = {"--expires-ttl", "-expires-ttl"},
                            defaultValue = "",
                            paramLabel = "DURATION",
                            description = "Ends after this time, such as 1h.")
                    String expiresTtl,
            @Option(
                            names = {"--local", "-local"},
                            description = "For this datacenter alone.")
                    boolean local,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        JsonObject body = new JsonObject().put("Description", description).put("Local", local);
        putIfGiven(body, "AccessorID", accessor);
        putIfGiven(body, "SecretID", secret);
        putIfGiven(body, "ExpirationTTL", expiresTtl);
        links.into(body, Merge.NOTHING);
        JsonObject token = http.put(TOKEN, body);
        return AclCommand.print(spec, http, token, AclText.token(token, meta));
    }

    private static void putIfGiven(JsonObject body, String field, String value) {
        if (!value.isEmpty()) {
            body.put(field, value);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Prints all tokens, without their secrets.")
    int list(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print their hashes and indexes, too.")
                    boolean meta) {
        JsonArray tokens = http.list("/v1/acl/tokens");
        return AclCommand.print(spec, http, tokens, AclText.tokens(tokens, meta));
    }

    @Command(name = "read", mixinStandardHelpOptions = true, description = "Prints a token.")
    int read(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its accessor, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--self", "-self"},
                            description = "The token that is shown.")
                    boolean self,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        JsonObject token = http.get(TOKEN + "/" + (self ? "self" : accessor(http, id)));
        return AclCommand.print(spec, http, token, AclText.token(token, meta));
    }

    @Command(
            name = "update",
            mixinStandardHelpOptions = true,
            description = "Replaces what a token has; what is to be merged is added.")
    int update(
            @Mixin HttpConnection http,
            @Mixin AclLinks links,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its accessor, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--description", "-description"},
                            description = "What it is for.")
                    @Nullable
                    String description,
            @Option(
                            names = {"--merge-policies", "-merge-policies"},
                            description = "Keep its policies.")
                    boolean mergePolicies,
            @Option(
                            names = {"--merge-roles", "-merge-roles"},
                            description = "Keep its roles.")
                    boolean mergeRoles,
            @Option(
                            names = {"--merge-service-identities", "-merge-service-identities"},
                            description = "Keep its service identities.")
                    boolean mergeServices,
            @Option(
                            names = {"--merge-node-identities", "-merge-node-identities"},
                            description = "Keep its node identities.")
                    boolean mergeNodes,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        String path = TOKEN + "/" + accessor(http, id);
        JsonObject token = http.get(path);
        if (description != null) {
            token.put("Description", description);
        }
        links.into(token, new Merge(mergePolicies, mergeRoles, mergeServices, mergeNodes));
        JsonObject changed = http.put(path, token);
        return AclCommand.print(spec, http, changed, AclText.token(changed, meta));
    }

    @Command(
            name = "clone",
            mixinStandardHelpOptions = true,
            description = "Creates a token that has what another has.")
    int cloneToken(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its accessor, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--description", "-description"},
                            description = "What the new one is for.")
                    @Nullable
                    String description) {
        JsonObject body = new JsonObject();
        if (description != null) {
            body.put("Description", description);
        }
        JsonObject token = http.put(TOKEN + "/" + accessor(http, id) + "/clone", body);
        return AclCommand.print(spec, http, token, AclText.token(token, false));
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a token.")
    int delete(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its accessor, or the beginning of it.")
                    @Nullable
                    String id) {
        String accessor = accessor(http, id);
        http.send("DELETE", TOKEN + "/" + accessor, "");
        return AclCommand.print(spec, "Token \"" + accessor + "\" deleted successfully\n");
    }

    private static String accessor(HttpConnection http, @Nullable String id) {
        if (id == null || id.isEmpty()) {
            throw new StartupException(ExitCode.USAGE, "give the token with --id");
        }
        if (id.equals("anonymous")) {
            return ANONYMOUS;
        }
        return id.length() == UUID_CHARS ? id : AclCommand.idOf(id, http.list("/v1/acl/tokens"), "AccessorID", "token");
    }
}
