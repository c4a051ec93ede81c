package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** What a token or a role is to have, as options; each may be given several times. */
final class AclLinks {

    @Option(
            names = {"--policy-id", "-policy-id"},
            paramLabel = "ID",
            description = "A policy, by its id.")
    private List<String> policyIds = new ArrayList<>();

    @Option(
            names = {"--policy-name", "-policy-name"},
            paramLabel = "NAME",
            description = "A policy, by its name.")
    private List<String> policyNames = new ArrayList<>();

    @Option(
            names = {"--role-id", "-role-id"},
            paramLabel = "ID",
            description = "A role, by its id; for tokens.")
    private List<String> roleIds = new ArrayList<>();

    @Option(
            names = {"--role-name", "-role-name"},
            paramLabel = "NAME",
            description = "A role, by its name; for tokens.")
    private List<String> roleNames = new ArrayList<>();

    @Option(
            names = {"--service-identity", "-service-identity"},
            paramLabel = "NAME[:DC,DC]",
            description = "What an instance of this service needs.")
    private List<String> services = new ArrayList<>();

    @Option(
            names = {"--node-identity", "-node-identity"},
            paramLabel = "NAME:DC",
            description = "What the agent of this node needs.")
    private List<String> nodes = new ArrayList<>();

    /** Puts them into a body, in place of what it has or, of the kinds to be merged, beside it. */
    void into(JsonObject body, Merge merge) {
        put(body, "Policies", merge.policies(), links(policyIds, policyNames));
        put(body, "Roles", merge.roles(), links(roleIds, roleNames));
        put(body, "ServiceIdentities", merge.services(), all(services, AclLinks::service));
        put(body, "NodeIdentities", merge.nodes(), all(nodes, AclLinks::node));
    }

    /** Which kinds are kept beside the new ones. */
    record Merge(boolean policies, boolean roles, boolean services, boolean nodes) {
        static final Merge NOTHING = new Merge(false, false, false, false);
        static final Merge EVERYTHING = new Merge(true, true, true, true);
    }

    private static void put(JsonObject body, String field, boolean merge, JsonArray given) {
        JsonArray before = body.getJsonArray(field);
        if (merge && before != null) {
            body.put(field, before.copy().addAll(given));
        } else {
            body.put(field, given);
        }
    }

    private static JsonArray links(List<String> ids, List<String> names) {
        JsonArray links = all(ids, id -> new JsonObject().put("ID", id));
        return links.addAll(all(names, name -> new JsonObject().put("Name", name)));
    }

    private static JsonArray all(List<String> texts, Function<String, JsonObject> make) {
        JsonArray all = new JsonArray();
        Objects.requireNonNull(texts).forEach(text -> all.add(make.apply(text)));
        return all;
    }

    private static JsonObject service(String text) {
        String[] parts = text.split(":", 2);
        JsonObject identity = new JsonObject().put("ServiceName", parts[0]);
        return parts.length == 1 ? identity : identity.put("Datacenters", new JsonArray(List.of(parts[1].split(","))));
    }

    private static JsonObject node(String text) {
        String[] parts = text.split(":", 2);
        if (parts.length == 1) {
            throw new StartupException(
                    ExitCode.USAGE, "--node-identity " + text + ": give the node and its datacenter as NAME:DC");
        }
        return new JsonObject().put("NodeName", parts[0]).put("Datacenter", parts[1]);
    }
}
