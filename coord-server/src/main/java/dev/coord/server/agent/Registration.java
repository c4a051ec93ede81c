package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one file holds: a service with its checks, or one check of the node.
 *
 * @param service null: one check of the node
 */
record Registration(@Nullable ServiceEntry service, List<CheckEntry> checks) {
    Registration {
        checks = List.copyOf(checks);
        if (service == null && checks.size() != 1) {
            throw new IllegalArgumentException("a registration without a service holds one check");
        }
    }
}
