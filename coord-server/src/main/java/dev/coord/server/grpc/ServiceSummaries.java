package dev.coord.server.grpc;

import dev.coord.api.v1.ServiceSummary;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The list of services. To make it costs a visit to every instance, so the newest is kept for all who ask. */
final class ServiceSummaries {

    private record Made(long index, SortedMap<String, ServiceSummary> byName) {}

    /** Written and read by any thread; two that need it first at once both make it, and make the same. */
    private volatile @Nullable Made newest;

    /** By name; not to be changed. */
    private SortedMap<String, ServiceSummary> of(State state) {
        Made made = newest;
        if (made == null || made.index() != state.servicesIndex()) {
            made = new Made(state.servicesIndex(), summaries(state));
            newest = made;
        }
        return made.byName();
    }

    /** Those that may be seen. */
    SortedMap<String, ServiceSummary> of(State state, Authorizer may) {
        SortedMap<String, ServiceSummary> all = of(state);
        if (may.unrestricted()) {
            return all;
        }
        SortedMap<String, ServiceSummary> visible = new TreeMap<>(all);
        visible.keySet().removeIf(name -> !may.mayRead(Resource.SERVICE, name));
        return visible;
    }

    private static SortedMap<String, ServiceSummary> summaries(State state) {
        SortedMap<String, ServiceSummary> byName = new TreeMap<>();
        state.services()
                .forEach((name, tags) -> byName.put(
                        name,
                        ServiceSummary.newBuilder()
                                .setName(name)
                                .addAllTags(tags)
                                .setInstances((int) state.instances(name).stream()
                                        .map(ServiceInstance::service)
                                        .filter(service -> service.name().equals(name))
                                        .count())
                                .build()));
        return byName;
    }
}
