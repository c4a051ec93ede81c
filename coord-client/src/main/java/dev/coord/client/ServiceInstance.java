package dev.coord.client;

import dev.coord.api.v1.Instance;
import dev.coord.api.v1.Service;
import java.util.List;
import java.util.Map;

/**
 * An instance of a service. Immutable.
 *
 * @param service its name
 * @param id unique on its node
 * @param node the node's name
 * @param address where to reach it: its own address or, where it has none, its node's
 * @param port 0 when it gave none
 * @param health the worst of its own checks and its node's
 * @param modifyRevision of the newest change to its registration; a change of health alone does not count
 */
public record ServiceInstance(
        String service,
        String id,
        String node,
        String address,
        int port,
        List<String> tags,
        Map<String, String> meta,
        Health health,
        long modifyRevision) {

    public ServiceInstance {
        tags = List.copyOf(tags);
        meta = Map.copyOf(meta);
    }

    static ServiceInstance of(Instance message) {
        Service service = message.getService();
        return new ServiceInstance(
                service.getName(),
                service.getId(),
                service.getNode(),
                service.getAddress().isEmpty() ? message.getNode().getAddress() : service.getAddress(),
                service.getPort(),
                service.getTagsList(),
                service.getMetaMap(),
                Health.worst(message.getChecksList()),
                service.getModifyRevision());
    }
}
