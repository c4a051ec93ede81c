package dev.coord.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** {@code /v1/internal/ui/}: the catalog as a user interface shows it, a node or a service with all that is on it at once. */
final class UiEndpoint implements EndpointFamily {

    private static final String EXTERNAL_SOURCE = "external-source";

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/internal/ui/nodes", Access.BY_HANDLER, UiEndpoint::nodes);
        routes.get("/v1/internal/ui/node/", Access.readNamed(Resource.NODE), UiEndpoint::node);
        routes.get("/v1/internal/ui/services", Access.BY_HANDLER, UiEndpoint::services);
        routes.get("/v1/internal/ui/gateway-services-nodes/", Access.readNamed(Resource.SERVICE), exchange -> {
            exchange.required("Missing gateway name");
            exchange.read(catalog(state -> Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                json.writeEndArray();
            })));
        });
    }

    /** Waits for anything in the catalog: what is shown is drawn from all of it. */
    private static StateQuery catalog(Function<State, Answer> answer) {
        return new StateQuery(Topics.catalog(), State::catalogIndex, answer);
    }

    private static void nodes(Exchange exchange) {
        var filter = exchange.options().filter(FilterFields.NODE);
        Authorizer may = exchange.authorizer();
        exchange.read(catalog(state -> {
            List<NodeEntry> nodes =
                    state.nodes().stream().filter(may::maySee).filter(filter).toList();
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (NodeEntry node : nodes) {
                    node(json, state, node, may);
                }
                json.writeEndArray();
            });
        }));
    }

    private static void node(Exchange exchange) {
        String name = exchange.required("Missing node name");
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(Topics.node(name), state -> state.nodeIndex(name), state -> {
            NodeEntry node = state.node(name);
            return node == null
                    ? Answer.notFound()
                    : Answer.json(exchange.options().pretty(), json -> node(json, state, node, may));
        }));
    }

    private static void node(JsonGenerator json, State state, NodeEntry node, Authorizer may) throws IOException {
        json.writeStartObject();
        json.writeStringField("ID", node.id());
        json.writeStringField("Node", node.name());
        json.writeStringField("Address", node.address());
        json.writeFieldName("TaggedAddresses");
        CatalogJson.mapOrNull(json, node.taggedAddresses());
        json.writeFieldName("Meta");
        CatalogJson.mapOrNull(json, node.meta());
        json.writeArrayFieldStart("Services");
        for (ServiceEntry service : state.servicesOf(node.name())) {
            if (may.maySee(service)) {
                CatalogJson.service(json, service, true);
            }
        }
        json.writeEndArray();
        json.writeArrayFieldStart("Checks");
        for (CheckEntry check : state.checksOf(node.name())) {
            if (may.maySee(check)) {
                CheckJson.write(json, check, true);
            }
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void services(Exchange exchange) {
        var filter = exchange.options().filter(FilterFields.INSTANCE);
        Authorizer may = exchange.authorizer();
        exchange.read(catalog(state -> {
            Map<String, Summary> summaries = new TreeMap<>();
            for (NodeEntry node : state.nodes()) {
                for (ServiceInstance instance : state.instancesOn(node.name())) {
                    if (may.maySee(instance) && filter.test(instance)) {
                        summaries
                                .computeIfAbsent(instance.service().name(), name -> new Summary())
                                .add(instance);
                    }
                }
            }
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (Map.Entry<String, Summary> summary : summaries.entrySet()) {
                    summary.getValue().write(json, summary.getKey());
                }
                json.writeEndArray();
            });
        }));
    }

    /** All instances of a service in one row. Used within one answer. */
    private static final class Summary {

        private final Set<String> tags = new TreeSet<>();
        private final Set<String> nodes = new TreeSet<>();
        private final Set<String> sources = new TreeSet<>();
        /** A node's check counts once, however many instances it has. */
        private final Set<CheckEntry> checks = new HashSet<>();

        private int instances;

        void add(ServiceInstance instance) {
            instances++;
            tags.addAll(instance.service().tags());
            nodes.add(instance.node().name());
            checks.addAll(instance.checks());
            String source = instance.service().meta().get(EXTERNAL_SOURCE);
            if (source != null && !source.isEmpty()) {
                sources.add(source);
            }
        }

        void write(JsonGenerator json, String name) throws IOException {
            json.writeStartObject();
            json.writeStringField("Name", name);
            list(json, "Tags", tags);
            list(json, "Nodes", nodes);
            json.writeNumberField("InstanceCount", instances);
            json.writeNumberField("ChecksPassing", count(CheckStatus.PASSING));
            json.writeNumberField("ChecksWarning", count(CheckStatus.WARNING));
            json.writeNumberField("ChecksCritical", count(CheckStatus.CRITICAL));
            list(json, "ExternalSources", sources);
            json.writeObjectFieldStart("GatewayConfig");
            json.writeEndObject();
            json.writeEndObject();
        }

        private long count(CheckStatus status) {
            return checks.stream().filter(check -> check.status() == status).count();
        }

        private static void list(JsonGenerator json, String name, Collection<String> texts) throws IOException {
            json.writeFieldName(name);
            CatalogJson.strings(json, texts, true);
        }
    }
}
