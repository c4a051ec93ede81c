package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * The services and checks of this server at one moment. Immutable. Entries have index 0; checks carry their definition. As in
 * the catalog, ids count without regard to case.
 */
public final class LocalCatalog {

    static final LocalCatalog EMPTY = new LocalCatalog(none(), none(), none());

    /** Stands for the checks of the node among the ids of services, none of which is empty. */
    private static final String NODE = "";

    private final PSortedMap<String, ServiceEntry> services;
    private final PSortedMap<String, CheckEntry> checks;
    private final PSortedMap<String, PSortedMap<String, CheckEntry>> checksByService;

    private LocalCatalog(
            PSortedMap<String, ServiceEntry> services,
            PSortedMap<String, CheckEntry> checks,
            PSortedMap<String, PSortedMap<String, CheckEntry>> checksByService) {
        this.services = services;
        this.checks = checks;
        this.checksByService = checksByService;
    }

    private static <T> PSortedMap<String, T> none() {
        return TreePMap.empty(String.CASE_INSENSITIVE_ORDER);
    }

    /** By id. */
    public Collection<ServiceEntry> services() {
        return services.values();
    }

    /** By id. */
    public Collection<CheckEntry> checks() {
        return checks.values();
    }

    public @Nullable ServiceEntry service(String id) {
        return services.get(id);
    }

    public @Nullable CheckEntry check(String id) {
        return checks.get(id);
    }

    /** The checks of a service, by id; without those of the node. */
    public Collection<CheckEntry> checksOf(String serviceId) {
        return checksByService.getOrDefault(serviceId, none()).values();
    }

    /** The checks of no service, by id. */
    public Collection<CheckEntry> nodeChecks() {
        return checksOf(NODE);
    }

    LocalCatalog with(ServiceEntry service) {
        return new LocalCatalog(services.plus(service.id(), service), checks, checksByService);
    }

    /** With the check; one of the same id is replaced, whatever it was a check of. */
    LocalCatalog with(CheckEntry check) {
        LocalCatalog without = withoutCheck(check.id());
        String owner = owner(check);
        PSortedMap<String, CheckEntry> siblings = without.checksByService.getOrDefault(owner, none());
        return new LocalCatalog(
                services,
                without.checks.plus(check.id(), check),
                without.checksByService.plus(owner, siblings.plus(check.id(), check)));
    }

    /** Without the service and its checks. */
    LocalCatalog withoutService(String id) {
        PSortedMap<String, CheckEntry> left = checks;
        for (CheckEntry check : checksOf(id)) {
            left = left.minus(check.id());
        }
        return new LocalCatalog(services.minus(id), left, checksByService.minus(id));
    }

    LocalCatalog withoutCheck(String id) {
        CheckEntry check = checks.get(id);
        if (check == null) {
            return this;
        }
        String owner = owner(check);
        PSortedMap<String, CheckEntry> siblings =
                checksByService.getOrDefault(owner, none()).minus(id);
        return new LocalCatalog(
                services,
                checks.minus(id),
                siblings.isEmpty() ? checksByService.minus(owner) : checksByService.plus(owner, siblings));
    }

    private static String owner(CheckEntry check) {
        return check.serviceId() == null ? NODE : check.serviceId();
    }
}
