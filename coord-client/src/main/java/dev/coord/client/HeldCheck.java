package dev.coord.client;

import java.util.List;

/**
 * A check that belongs to the cluster. Immutable.
 *
 * @param service the name of the service that it checks; empty: a check of the node
 * @param runner the name of the server that runs it; empty while none is known to live
 */
public record HeldCheck(String node, String id, String service, Health health, String output, String runner) {

    static HeldCheck of(dev.coord.api.v1.HeldCheck message) {
        return new HeldCheck(
                message.getCheck().getNode(),
                message.getCheck().getId(),
                message.getCheck().getServiceName(),
                Health.worst(List.of(message.getCheck())),
                message.getCheck().getOutput(),
                message.getRunner());
    }
}
