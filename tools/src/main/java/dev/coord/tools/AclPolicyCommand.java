package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        description = "Rules with a name.",
        synopsisSubcommandLabel = "COMMAND")
final class AclPolicyCommand implements Callable<Integer> {

    private static final String POLICY = "/v1/acl/policy";
    private static final String POLICIES = "/v1/acl/policies";
    private static final String RULES = "The rules, @FILE or - for the standard input.";
    private static final int UUID_CHARS = 36;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Creates a policy.")
    int create(
            @Mixin HttpConnection http,
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
                            names = {"--rules", "-rules"},
                            defaultValue = "",
                            description = RULES)
                    String rules,
            @Option(
                            names = {"--valid-datacenter", "-valid-datacenter"},
                            paramLabel = "DC",
                            description = "Where it counts; may be given several times.")
                    @Nullable
                    List<String> datacenters,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        JsonObject body = new JsonObject()
                .put("Name", name)
                .put("Description", description)
                .put("Rules", AclCommand.content(rules));
        if (datacenters != null) {
            body.put("Datacenters", new JsonArray(datacenters));
        }
        JsonObject policy = http.put(POLICY, body);
        return AclCommand.print(spec, http, policy, AclText.policy(policy, meta));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Prints all policies.")
    int list(
            @Mixin HttpConnection http,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print their hashes and indexes, too.")
                    boolean meta) {
        JsonArray policies = http.list(POLICIES);
        return AclCommand.print(spec, http, policies, AclText.policies(policies, meta));
    }

    @Command(name = "read", mixinStandardHelpOptions = true, description = "Prints a policy with its rules.")
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
        JsonObject policy = http.get(POLICY + "/" + id(http, id, name));
        return AclCommand.print(spec, http, policy, AclText.policy(policy, meta));
    }

    @Command(
            name = "update",
            mixinStandardHelpOptions = true,
            description = "Changes what is given; with --no-merge, replaces all of it.")
    int update(
            @Mixin HttpConnection http,
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
                            names = {"--rules", "-rules"},
                            description = RULES)
                    @Nullable
                    String rules,
            @Option(
                            names = {"--valid-datacenter", "-valid-datacenter"},
                            paramLabel = "DC",
                            description = "Where it counts; may be given several times.")
                    @Nullable
                    List<String> datacenters,
            @Option(
                            names = {"--no-merge", "-no-merge"},
                            description = "Keep nothing of what it has.")
                    boolean noMerge,
            @Option(
                            names = {"--meta", "-meta"},
                            description = "Print its hash and indexes, too.")
                    boolean meta) {
        String path = POLICY + "/" + id(http, id, name);
        JsonObject policy = noMerge ? new JsonObject() : http.get(path);
        putIfGiven(policy, "Name", name);
        putIfGiven(policy, "Description", description);
        putIfGiven(policy, "Rules", rules == null ? null : AclCommand.content(rules));
        if (datacenters != null) {
            policy.put("Datacenters", new JsonArray(datacenters));
        }
        JsonObject changed = http.put(path, policy);
        return AclCommand.print(spec, http, changed, AclText.policy(changed, meta));
    }

    private static void putIfGiven(JsonObject body, String field, @Nullable String value) {
        if (value != null) {
            body.put(field, value);
        }
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a policy.")
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
        http.send("DELETE", POLICY + "/" + found, "");
        return AclCommand.print(spec, "Policy \"" + found + "\" deleted successfully\n");
    }

    private static String id(HttpConnection http, @Nullable String id, @Nullable String name) {
        if (id != null) {
            return id.length() == UUID_CHARS ? id : AclCommand.idOf(id, http.list(POLICIES), "ID", "policy");
        }
        if (name == null) {
            throw new StartupException(ExitCode.USAGE, "give the policy with --id or --name");
        }
        return http.get(POLICY + "/name/" + HttpConnection.encoded(name)).getString("ID");
    }
}
