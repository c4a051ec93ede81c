package dev.coord.client;

import dev.coord.api.v1.ServiceSummary;
import java.util.List;

/**
 * A service as a whole. Immutable.
 *
 * @param tags of all instances together
 * @param instances how many there are, whatever their health
 */
public record ServiceName(String name, List<String> tags, int instances) {

    public ServiceName {
        tags = List.copyOf(tags);
    }

    static ServiceName of(ServiceSummary message) {
        return new ServiceName(message.getName(), message.getTagsList(), message.getInstances());
    }
}
