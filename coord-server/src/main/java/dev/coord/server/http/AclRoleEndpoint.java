package dev.coord.server.http;

import dev.coord.server.acl.Resource;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries.RoleEntry;
import dev.coord.server.state.AclTables;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /v1/acl/roles} and {@code /v1/acl/role}. */
final class AclRoleEndpoint implements EndpointFamily {

    private static final String MISSING_ID = "Bad request: Missing role ID";

    private final Supplier<String> newIds;

    AclRoleEndpoint(Supplier<String> newIds) {
        this.newIds = newIds;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/acl/roles", Access.whenEnabled(Access.read(Resource.ACL)), AclRoleEndpoint::list);
        routes.put("/v1/acl/role", Access.whenEnabled(Access.write(Resource.ACL)), this::create);
        routes.get("/v1/acl/role/name/", Access.whenEnabled(Access.read(Resource.ACL)), exchange -> {
            String name = exchange.required("Bad request: Missing role Name");
            one(exchange, tables -> tables.roleNamed(name));
        });
        routes.get("/v1/acl/role/", Access.whenEnabled(Access.read(Resource.ACL)), exchange -> {
            String id = exchange.required(MISSING_ID);
            one(exchange, tables -> tables.role(id));
        });
        routes.put("/v1/acl/role/", Access.whenEnabled(Access.write(Resource.ACL)), AclRoleEndpoint::update);
        routes.delete("/v1/acl/role/", Access.whenEnabled(Access.write(Resource.ACL)), AclRoleEndpoint::delete);
    }

    private static void list(Exchange exchange) {
        String policy = exchange.parameter("policy");
        exchange.read(new StateQuery(Topics.acl(), state -> state.acl().rolesIndex(), state -> {
            List<RoleEntry> roles = state.acl().roles().stream()
                    .filter(role -> policy == null
                            || policy.isEmpty()
                            || role.policies().contains(policy))
                    .toList();
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (RoleEntry role : roles) {
                    AclJson.role(json, role, state.acl());
                }
                json.writeEndArray();
            });
        }));
    }

    /** One that is not there is 404 here, other than for tokens and policies: Consul's clients expect it. */
    private static void one(Exchange exchange, Function<AclTables, @Nullable RoleEntry> find) {
        exchange.read(new StateQuery(Topics.acl(), state -> state.acl().rolesIndex(), state -> {
            RoleEntry role = find.apply(state.acl());
            return role == null
                    ? Answer.notFound()
                    : Answer.json(exchange.options().pretty(), json -> AclJson.role(json, role, state.acl()));
        }));
    }

    private void create(Exchange exchange) {
        exchange.jsonBody(body -> {
            if (!body.string("ID").isEmpty()) {
                throw HttpError.badRequest("Bad request: Cannot specify the ID when creating a new role");
            }
            put(exchange, body, newIds.get(), true);
        });
    }

    private static void update(Exchange exchange) {
        String id = exchange.required(MISSING_ID);
        exchange.jsonBody(body -> {
            String inBody = body.string("ID");
            if (!inBody.isEmpty() && !inBody.equals(id)) {
                throw HttpError.badRequest("Bad request: Role ID in URL and payload do not match");
            }
            put(exchange, body, id, false);
        });
    }

    private static void put(Exchange exchange, JsonBody body, String id, boolean create) {
        AclWrites.tables(exchange, before -> {
            RoleEntry role = AclRequest.role(body, before, id);
            AclWrites.execute(exchange, new AclChange.PutRole(role, create), tables -> {
                RoleEntry written = tables.role(id);
                exchange.answerJson(json -> AclJson.role(json, written == null ? role : written, tables));
            });
        });
    }

    private static void delete(Exchange exchange) {
        String id = exchange.required(MISSING_ID);
        AclWrites.execute(exchange, new AclChange.DeleteRole(id), tables -> exchange.answer(Answer.of(true)));
    }
}
