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
        name = "role",
        mixinStandardHelpOptions = true,
        description = "Policies and identities that several tokens share.",
        synopsisSubcommandLabel = "COMMAND")
final class AclRoleCommand implements Callable<Integer> {

    private static final String ROLE = "/v1/acl/role";
    private static final String ROLES = "/v1/acl/roles";
    private static final int UUID_CHARS = 36;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Creates a role.")
    int create(
            @Mixin HttpConnection http,
            @Mixin AclLinks links,
            @Option(
                            names = {"--name", "-name"},
                            required = true,
                            description = "Unique.")
                    String name,
            @Option(
                            names = {"--description", "-description"},
                            defaultValue = "",
                            description = "What it is for.")
                    String description,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        JsonObject body = new JsonObject().put("Name", name).put("Description", description);
        links.into(body, Merge.NOTHING);
        JsonObject role = http.put(ROLE, body);
        return AclCommand.print(spec, http, role, AclText.role(role, meta));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Prints all roles.")
    int list(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print their hashes and indexes, too.")
                    boolean meta) {
        JsonArray roles = http.list(ROLES);
        return AclCommand.print(spec, http, roles, AclText.roles(roles, meta));
    }

    @Command(name = "read", mixinStandardHelpOptions = true, description = "Prints a role.")
    int read(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its id, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--name", "-name"},
                            description = "Its name.")
                    @Nullable
                    String name,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        JsonObject role = http.get(ROLE + "/" + id(http, id, name));
        return AclCommand.print(spec, http, role, AclText.role(role, meta));
    }

    @Command(
            name = "update",
            mixinStandardHelpOptions = true,
            description = "Adds what is given; with --no-merge, replaces what it has.")
    int update(
            @Mixin HttpConnection http,
            @Mixin AclLinks links,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its id, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--name", "-name"},
                            description = "Its new name, or without --id the one it has.")
                    @Nullable
                    String name,
            @Option(
                            names = {"--description", "-description"},
                            description = "What it is for.")
                    @Nullable
                    String description,
            @Option(
                            names = {"--no-merge", "-no-merge"},
                            description = "Keep nothing of what it has.")
                    boolean noMerge,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        String path = ROLE + "/" + id(http, id, name);
        JsonObject role = http.get(path);
        if (name != null) {
            role.put("Name", name);
        }
        if (description != null || noMerge) {
            role.put("Description", description == null ? "" : description);
        }
        links.into(role, noMerge ? Merge.NOTHING : Merge.EVERYTHING);
        JsonObject changed = http.put(path, role);
        return AclCommand.print(spec, http, changed, AclText.role(changed, meta));
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a role.")
    int delete(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--id", "-id"},
                            paramLabel = "ID",
                            description = "Its id, or the beginning of it.")
                    @Nullable
                    String id,
            @Option(
                            names = {"--name", "-name"},
                            description = "Its name.")
                    @Nullable
                    String name) {
        String found = id(http, id, name);
        http.send("DELETE", ROLE + "/" + found, "");
        return AclCommand.print(spec, "Role \"" + found + "\" deleted successfully\n");
    }

    private static String id(HttpConnection http, @Nullable String id, @Nullable String name) {
        if (id != null) {
            return id.length() == UUID_CHARS ? id : AclCommand.idOf(id, http.list(ROLES), "ID", "role");
        }
        if (name == null) {
            throw new StartupException(ExitCode.USAGE, "give the role with --id or --name");
        }
        return http.get(ROLE + "/name/" + HttpConnection.encoded(name)).getString("ID");
    }
}
