package dev.coord.server.http;

import dev.coord.server.acl.AccessException;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.state.AclTables;
import dev.coord.server.watch.Topics;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /v1/acl/policies} and {@code /v1/acl/policy}. */
final class AclPolicyEndpoint implements EndpointFamily {

    private static final String MISSING_ID = "Bad request: Missing policy ID";

    private final Supplier<String> newIds;

    AclPolicyEndpoint(Supplier<String> newIds) {
        this.newIds = newIds;
    }

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/acl/policies", Access.whenEnabled(Access.read(Resource.ACL)), AclPolicyEndpoint::list);
        routes.put("/v1/acl/policy", Access.whenEnabled(Access.write(Resource.ACL)), this::create);
        routes.get("/v1/acl/policy/name/", Access.whenEnabled(Access.read(Resource.ACL)), exchange -> {
            String name = exchange.required("Bad request: Missing policy Name");
            one(exchange, tables -> tables.policyNamed(name));
        });
        routes.get("/v1/acl/policy/", Access.whenEnabled(Access.read(Resource.ACL)), exchange -> {
            String id = exchange.required(MISSING_ID);
            one(exchange, tables -> tables.policy(id));
        });
        routes.put("/v1/acl/policy/", Access.whenEnabled(Access.write(Resource.ACL)), AclPolicyEndpoint::update);
        routes.delete("/v1/acl/policy/", Access.whenEnabled(Access.write(Resource.ACL)), AclPolicyEndpoint::delete);
    }

    private static void list(Exchange exchange) {
        exchange.read(new StateQuery(
                Topics.acl(),
                state -> state.acl().policiesIndex(),
                state -> Answer.json(exchange.options().pretty(), json -> {
                    json.writeStartArray();
                    for (PolicyEntry policy : state.acl().policies()) {
                        AclJson.policyStub(json, policy);
                    }
                    json.writeEndArray();
                })));
    }

    private static void one(Exchange exchange, Function<AclTables, @Nullable PolicyEntry> find) {
        exchange.read(new StateQuery(Topics.acl(), state -> state.acl().policiesIndex(), state -> {
            PolicyEntry policy = find.apply(state.acl());
            if (policy == null) {
                throw AccessException.unknownToken();
            }
            return Answer.json(exchange.options().pretty(), json -> AclJson.policy(json, policy));
        }));
    }

    private void create(Exchange exchange) {
        exchange.jsonBody(body -> {
            if (!body.string("ID").isEmpty()) {
                throw HttpError.badRequest("Bad request: Cannot specify the ID when creating a new policy");
            }
            put(exchange, AclRequest.policy(body, newIds.get()), true);
        });
    }

    private static void update(Exchange exchange) {
        String id = exchange.required(MISSING_ID);
        exchange.jsonBody(body -> {
            String inBody = body.string("ID");
            if (!inBody.isEmpty() && !inBody.equals(id)) {
                throw HttpError.badRequest("Bad request: Policy ID in URL and payload do not match");
            }
            put(exchange, AclRequest.policy(body, id), false);
        });
    }

    private static void put(Exchange exchange, PolicyEntry policy, boolean create) {
        AclWrites.checkRules(policy.rules(), false, "");
        AclWrites.execute(exchange, new AclChange.PutPolicy(policy, create), tables -> {
            PolicyEntry written = tables.policy(policy.id());
            exchange.answerJson(json -> AclJson.policy(json, written == null ? policy : written));
        });
    }

    private static void delete(Exchange exchange) {
        String id = exchange.required(MISSING_ID);
        AclWrites.execute(exchange, new AclChange.DeletePolicy(id), tables -> exchange.answer(Answer.of(true)));
    }
}
