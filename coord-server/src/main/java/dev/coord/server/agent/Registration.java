package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A service with its checks, or one check: what one file holds, and what the configuration gives.
 *
 * @param service null: one check, of the node or of a service that is registered elsewhere
 */
public record Registration(@Nullable ServiceEntry service, List<CheckEntry> checks) {
    public Registration {
        checks = List.copyOf(checks);
        if (service == null && checks.size() != 1) {
            throw new IllegalArgumentException("a registration without a service holds one check");
        }
    }
}
