package dev.coord.server.state;

import org.pcollections.TreePMap;

/**
 * A service with its instances, each with what decides its health. Immutable.
 *
 * @param index newest change of an instance, of a check that counts for one, or of a node that carries one
 */
record ServiceRecord(TreePMap<OnNode, Change.ServiceInstance> instances, long index) {

    static final ServiceRecord EMPTY = new ServiceRecord(TreePMap.empty(OnNode.ORDER), 0);

    ServiceRecord with(OnNode key, Change.ServiceInstance instance, long revision) {
        return new ServiceRecord(instances.plus(key, instance), revision);
    }

    ServiceRecord without(OnNode key, long revision) {
        return new ServiceRecord(instances.minus(key), revision);
    }

    ServiceRecord withIndex(long revision) {
        return new ServiceRecord(instances, revision);
    }
}
