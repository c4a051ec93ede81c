package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.query.Nearness;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.watch.Topics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code /v1/catalog/}, reading: what there is, whatever its health. */
final class CatalogEndpoint implements EndpointFamily {

    private static final String MISSING_NODE = "Missing node name";

    @Override
    public void addTo(Routes routes) {
        routes.get("/v1/catalog/datacenters", Access.OPEN, CatalogEndpoint::datacenters);
        routes.get("/v1/catalog/nodes", Access.BY_HANDLER, CatalogEndpoint::nodes);
        routes.get("/v1/catalog/services", Access.BY_HANDLER, CatalogEndpoint::services);
        routes.get("/v1/catalog/service/", Access.BY_HANDLER, CatalogEndpoint::service);
        routes.get("/v1/catalog/node/", Access.BY_HANDLER, CatalogEndpoint::node);
        routes.get("/v1/catalog/node-services/", Access.BY_HANDLER, CatalogEndpoint::nodeServices);
    }

    private static void datacenters(Exchange exchange) {
        String datacenter = exchange.backend().cluster().self().datacenter();
        exchange.sayWhetherCached();
        exchange.answerJson(json -> CatalogJson.strings(json, List.of(datacenter)));
    }

    private static void nodes(Exchange exchange) {
        NodeMeta meta = exchange.options().nodeMetaPairs();
        var filter = exchange.options().filter(FilterFields.NODE);
        Authorizer may = exchange.authorizer();
        String near = exchange.near();
        exchange.read(new StateQuery(Topics.nodes(), State::nodesIndex, state -> {
            List<NodeEntry> matching = state.nodes().stream()
                    .filter(may::maySee)
                    .filter(meta::matches)
                    .filter(filter)
                    .toList();
            List<NodeEntry> nodes = Nearness.sorted(state, near, matching, NodeEntry::name);
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (NodeEntry node : nodes) {
                    CatalogJson.node(json, node);
                }
                json.writeEndArray();
            });
        }));
    }

    private static void services(Exchange exchange) {
        exchange.sayWhetherCached();
        NodeMeta meta = exchange.options().nodeMetaPairs();
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(Topics.services(), State::servicesIndex, state -> {
            Map<String, Set<String>> services = meta.pairs().isEmpty() ? state.services() : servicesOn(state, meta);
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartObject();
                for (Map.Entry<String, Set<String>> service : services.entrySet()) {
                    if (!may.mayRead(Resource.SERVICE, service.getKey())) {
                        continue;
                    }
                    json.writeFieldName(service.getKey());
                    CatalogJson.strings(json, service.getValue());
                }
                json.writeEndObject();
            });
        }));
    }

    private static Map<String, Set<String>> servicesOn(State state, NodeMeta meta) {
        Map<String, Set<String>> services = new TreeMap<>();
        for (NodeEntry node : state.nodes()) {
            if (meta.matches(node)) {
                for (ServiceEntry service : state.servicesOf(node.name())) {
                    services.computeIfAbsent(service.name(), name -> new TreeSet<>())
                            .addAll(service.tags());
                }
            }
        }
        return services;
    }

    private static void service(Exchange exchange) {
        String name = exchange.required("Missing service name");
        exchange.sayWhetherCached();
        NodeMeta meta = exchange.options().nodeMetaPairs();
        Tags tags = Tags.of(exchange);
        Authorizer may = exchange.authorizer();
        var filter = exchange.options().filter(FilterFields.SERVICE_ON_NODE);
        String near = exchange.near();
        exchange.read(new StateQuery(Topics.service(name), state -> state.serviceIndex(name), state -> {
            List<ServiceInstance> matching = state.instances(name).stream()
                    .filter(may::maySee)
                    .filter(instance -> meta.matches(instance.node()) && tags.matches(instance.service()))
                    .filter(filter)
                    .toList();
            List<ServiceInstance> instances = Nearness.sorted(
                    state, near, matching, instance -> instance.node().name());
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartArray();
                for (ServiceInstance instance : instances) {
                    CatalogJson.serviceOnNode(json, instance.node(), instance.service());
                }
                json.writeEndArray();
            });
        }));
    }

    private static void node(Exchange exchange) {
        String name = exchange.required(MISSING_NODE);
        var filter = exchange.options().filter(FilterFields.SERVICE);
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(Topics.node(name), state -> state.nodeIndex(name), state -> {
            NodeEntry node = visibleNode(state, name, may);
            List<ServiceEntry> services = state.servicesOf(name).stream()
                    .filter(may::maySee)
                    .filter(filter)
                    .toList();
            return Answer.json(exchange.options().pretty(), json -> {
                if (node == null) {
                    json.writeNull();
                    return;
                }
                json.writeStartObject();
                json.writeFieldName("Node");
                CatalogJson.node(json, node);
                json.writeObjectFieldStart("Services");
                for (ServiceEntry service : services) {
                    json.writeFieldName(service.id());
                    CatalogJson.service(json, service);
                }
                json.writeEndObject();
                json.writeEndObject();
            });
        }));
    }

    /** A node that may not be seen looks like one that is not there. */
    private static @Nullable NodeEntry visibleNode(State state, String name, Authorizer may) {
        NodeEntry node = state.node(name);
        return node != null && may.maySee(node) ? node : null;
    }

    private static void nodeServices(Exchange exchange) {
        String name = exchange.required(MISSING_NODE);
        var filter = exchange.options().filter(FilterFields.SERVICE);
        Authorizer may = exchange.authorizer();
        exchange.read(new StateQuery(Topics.node(name), state -> state.nodeIndex(name), state -> {
            NodeEntry node = visibleNode(state, name, may);
            List<ServiceEntry> services = state.servicesOf(name).stream()
                    .filter(may::maySee)
                    .filter(filter)
                    .toList();
            return Answer.json(exchange.options().pretty(), json -> {
                json.writeStartObject();
                json.writeFieldName("Node");
                if (node == null) {
                    json.writeNull();
                    json.writeNullField("Services");
                } else {
                    CatalogJson.node(json, node);
                    json.writeArrayFieldStart("Services");
                    for (ServiceEntry service : services) {
                        CatalogJson.service(json, service);
                    }
                    json.writeEndArray();
                }
                json.writeEndObject();
            });
        }));
    }

    /** The {@code ?tag=} parameters: a service must have them all, whatever their case. */
    record Tags(Set<String> wanted) {
        static Tags of(Exchange exchange) {
            Set<String> tags = new TreeSet<>();
            for (String tag : exchange.parameters("tag")) {
                tags.add(tag.toLowerCase(Locale.ROOT));
            }
            return new Tags(tags);
        }

        boolean matches(ServiceEntry service) {
            return wanted.stream().allMatch(tag -> service.tags().stream()
                    .anyMatch(had -> had.toLowerCase(Locale.ROOT).equals(tag)));
        }
    }
}
