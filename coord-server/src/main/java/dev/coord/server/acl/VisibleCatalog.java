package dev.coord.server.acl;

import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The catalog of a state as the bearer of a token sees it: what may not be seen looks like what is not there. */
public record VisibleCatalog(State state, Authorizer may) {

    public @Nullable NodeEntry node(String name) {
        NodeEntry node = state.node(name);
        return node != null && may.maySee(node) ? node : null;
    }

    /** By name. */
    public List<NodeEntry> nodes() {
        List<NodeEntry> nodes = state.nodes();
        return may.unrestricted() ? nodes : nodes.stream().filter(may::maySee).toList();
    }

    /** By node and id. */
    public List<ServiceInstance> instances(String service) {
        List<ServiceInstance> instances = state.instances(service);
        return may.unrestricted()
                ? instances
                : instances.stream().filter(may::maySee).toList();
    }

    /** Their names. */
    public Set<String> services() {
        Set<String> services = new TreeSet<>(state.services().keySet());
        services.removeIf(name -> !may.mayRead(Resource.SERVICE, name));
        return services;
    }
}
