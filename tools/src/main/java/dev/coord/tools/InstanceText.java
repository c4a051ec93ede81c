package dev.coord.tools;

import dev.coord.client.ServiceInstance;
import dev.coord.client.WatchUpdate.ItemChange;
import java.util.Locale;

/** Instances as the command line writes them. */
final class InstanceText {

    private InstanceText() {}

    static String health(ServiceInstance instance) {
        return instance.health().name().toLowerCase(Locale.ROOT);
    }

    static JsonText write(JsonText json, ServiceInstance instance) {
        return json.put("service", instance.service())
                .put("id", instance.id())
                .put("node", instance.node())
                .put("address", instance.address())
                .put("port", instance.port())
                .put("health", health(instance))
                .put("tags", instance.tags())
                .put("meta", instance.meta());
    }

    static String line(ItemChange<ServiceInstance> change) {
        ServiceInstance after = change.after();
        if (after == null) {
            return "- " + change.id();
        }
        return (change.before() == null ? "+ " : "~ ") + change.id() + "  " + after.address() + ":" + after.port()
                + "  " + health(after);
    }
}
