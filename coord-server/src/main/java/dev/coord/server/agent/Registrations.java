package dev.coord.server.agent;

import dev.coord.server.agent.AgentException.Reason;
import dev.coord.server.agent.AgentFiles.CheckState;
import dev.coord.server.agent.AgentFiles.CheckStates;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.lease.ServerNode;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Changes what is registered on this server: first on disk, then in the picture that all see, then in the timers; what is to
 * go to the catalog is noted. On the agent's thread.
 */
final class Registrations {

    private static final String SERVICE_MAINTENANCE = "_service_maintenance:";
    private static final String NODE_MAINTENANCE = "_node_maintenance";
    private static final String NO_REASON_SERVICE =
            "Maintenance mode is enabled for this service, but no reason was provided. This is a default message.";
    private static final String NO_REASON_NODE =
            "Maintenance mode is enabled for this node, but no reason was provided. This is a default message.";

    /** A check that this server runs keeps what it found out if the server was away for no longer, milliseconds. */
    private static final long AWAY_MILLIS_MAX = 60_000;

    private final LocalAgent agent;
    private final LocalChecks checks;
    private final CatalogSync sync;
    private final AgentFiles files;
    private final InstantSource wallClock;
    /** Ids of what the configuration gives: it is in no file of ours. */
    private final Set<String> configuredServices = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    private final Set<String> configuredChecks = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    Registrations(LocalAgent agent, LocalChecks checks, CatalogSync sync, AgentFiles files, InstantSource wallClock) {
        this.agent = agent;
        this.checks = checks;
        this.sync = sync;
        this.files = files;
        this.wallClock = wallClock;
    }

    /**
     * Brings back what the directory holds, then registers what the configuration says. Before the loop starts.
     *
     * @param configured has the last word on its ids
     */
    void restore(String node, List<Registration> configured) throws IOException {
        CheckStates states = files.readStates();
        long awayMillis = wallClock.millis() - states.aliveMillis();
        LocalCatalog restored = LocalCatalog.EMPTY;
        for (Registration registration : files.readAll(node)) {
            if (registration.service() != null) {
                restored = restored.with(registration.service());
            }
            for (CheckEntry check : registration.checks()) {
                CheckEntry owned = ofService(check, registration.service());
                restored = restored.with(withLastState(owned, states.byId().get(check.id()), awayMillis));
            }
        }
        agent.publish(restored, List.of());
        configure(configured, check -> {
            CheckState last = states.byId().get(check.id());
            return last == null ? check : withLastState(check, last, awayMillis);
        });
        for (CheckEntry check : agent.local().checks()) {
            if (check.serviceId() != null && agent.local().service(check.serviceId()) == null) {
                // It was added to a service of the configuration, which is there no more.
                files.removeCheck(check);
                agent.publish(agent.local().withoutCheck(check.id()), List.of());
            }
        }
    }

    /** Registers what the configuration now says, and removes what it said before and says no more. */
    @Nullable
    Void configure(List<Registration> configured) throws IOException {
        configure(configured, check -> check);
        return null;
    }

    private void configure(List<Registration> configured, UnaryOperator<CheckEntry> known) throws IOException {
        Set<String> services = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        Set<String> checksGiven = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Registration registration : configured) {
            if (registration.service() != null) {
                services.add(registration.service().id());
            }
            registration.checks().forEach(check -> checksGiven.add(check.id()));
        }
        for (String id : List.copyOf(configuredChecks)) {
            if (!checksGiven.contains(id)) {
                removeCheck(id);
            }
        }
        for (String id : List.copyOf(configuredServices)) {
            if (!services.contains(id)) {
                removeService(id);
            }
        }
        configuredChecks.clear();
        configuredChecks.addAll(checksGiven);
        for (Registration registration : configured) {
            List<CheckEntry> withState =
                    registration.checks().stream().map(known).toList();
            if (registration.service() != null) {
                files.removeService(registration.service());
                configuredServices.add(registration.service().id());
                if (!unchanged(registration)) {
                    register(registration.service(), withState, false);
                }
            } else if (!unchanged(registration)) {
                register(withState.get(0));
            }
        }
    }

    private boolean unchanged(Registration registration) {
        LocalCatalog now = agent.local();
        ServiceEntry service = registration.service();
        return (service == null || service.equals(now.service(service.id())))
                && registration.checks().stream().allMatch(check -> {
                    CheckEntry present = now.check(check.id());
                    return present != null
                            && present.withStatus(check.status(), check.output())
                                    .withService("", List.of())
                                    .equals(check.withService("", List.of()));
                });
    }

    /** What was found out counts again if this server was not away for longer than the check can tell. */
    private static CheckEntry withLastState(CheckEntry check, @Nullable CheckState last, long awayMillis) {
        long validMillis =
                switch (CheckKind.of(check)) {
                    case TTL -> CheckKind.definition(check).ttlMillis();
                    case HTTP, TCP, GRPC, SCRIPT, ALIAS -> AWAY_MILLIS_MAX;
                    case MAINTENANCE -> Long.MAX_VALUE;
                };
        if (last != null && awayMillis <= validMillis) {
            return check.withStatus(last.status(), last.output());
        }
        return check.withStatus(CheckStatus.CRITICAL, "");
    }

    private static CheckEntry ofService(CheckEntry check, @Nullable ServiceEntry service) {
        return service == null ? check.withService("", List.of()) : check.withService(service.name(), service.tags());
    }

    @Nullable
    Void putService(ServiceEntry service, List<CheckEntry> newChecks, boolean replaceChecks) throws IOException {
        configuredServices.remove(service.id());
        newChecks.forEach(check -> configuredChecks.remove(check.id()));
        register(service, newChecks, replaceChecks);
        return null;
    }

    private void register(ServiceEntry service, List<CheckEntry> newChecks, boolean replaceChecks) throws IOException {
        LocalCatalog before = agent.local();
        String id = service.id();
        requireFree(id);
        if (before.service(id) == null && before.services().size() >= LocalAgent.SERVICES_MAX) {
            throw new AgentException(
                    Reason.FULL,
                    "service \"" + id + "\" was not registered: this server has " + LocalAgent.SERVICES_MAX
                            + " services, as many as it takes; register it on another server");
        }
        LocalCatalog after = before.with(service);
        if (replaceChecks) {
            for (CheckEntry old : before.checksOf(id)) {
                after = after.withoutCheck(old.id());
            }
        }
        for (CheckEntry kept : after.checksOf(id)) {
            after = after.with(ofService(kept, service));
        }
        for (CheckEntry check : newChecks) {
            after = after.with(ofService(withPresentState(check, before), service));
        }
        commit(before, after, id, newChecks);
    }

    private static void requireFree(String serviceId) {
        if (serviceId.equalsIgnoreCase(ServerNode.SERVICE)) {
            throw new AgentException(
                    Reason.INVALID,
                    "Invalid service ID \"" + serviceId + "\": it stands for the servers themselves; choose another");
        }
    }

    private static CheckEntry withPresentState(CheckEntry check, LocalCatalog before) {
        CheckEntry present = before.check(check.id());
        return present == null ? check : check.withStatus(present.status(), present.output());
    }

    boolean removeService(String id) throws IOException {
        LocalCatalog before = agent.local();
        ServiceEntry service = before.service(id);
        if (service == null) {
            return false;
        }
        files.removeService(service);
        if (configuredServices.remove(id)) {
            for (CheckEntry check : before.checksOf(id)) {
                files.removeCheck(check);
            }
        }
        before.checksOf(id).forEach(checks::removed);
        agent.publish(before.withoutService(id), List.of(id));
        sync.serviceChanged(id);
        return true;
    }

    @Nullable
    Void putCheck(CheckEntry check) throws IOException {
        configuredChecks.remove(check.id());
        register(check);
        return null;
    }

    private void register(CheckEntry check) throws IOException {
        LocalCatalog before = agent.local();
        if (check.id().equalsIgnoreCase(ServerNode.CHECK)) {
            throw new AgentException(
                    Reason.INVALID,
                    "Invalid check ID \"" + check.id() + "\": it tells of the servers themselves; choose another");
        }
        ServiceEntry service = null;
        if (check.serviceId() != null) {
            service = requireService(check.serviceId(), "ServiceID \"" + check.serviceId() + "\" does not exist");
        }
        CheckEntry owned = ofService(withPresentState(check, before), service);
        commit(before, before.with(owned), check.serviceId(), List.of(owned));
    }

    private ServiceEntry requireService(String id, String messageIfMissing) {
        ServiceEntry service = agent.local().service(id);
        if (service == null) {
            throw new AgentException(Reason.UNKNOWN_SERVICE, messageIfMissing);
        }
        return service;
    }

    boolean removeCheck(String id) throws IOException {
        LocalCatalog before = agent.local();
        CheckEntry check = before.check(id);
        if (check == null) {
            return false;
        }
        configuredChecks.remove(id);
        commit(before, before.withoutCheck(id), check.serviceId(), List.of());
        if (check.serviceId() == null) {
            sync.nodeCheckChanged(id);
        }
        return true;
    }

    @Nullable
    Void maintainService(String id, boolean on, String reason) throws IOException {
        ServiceEntry service = requireService(id, "No service registered with ID \"" + id + "\"");
        String checkId = SERVICE_MAINTENANCE + service.id();
        if (on) {
            putCheck(maintenance(
                    service.node(),
                    checkId,
                    "Service Maintenance Mode",
                    reason.isEmpty() ? NO_REASON_SERVICE : reason,
                    service.id()));
        } else {
            removeCheck(checkId);
        }
        return null;
    }

    @Nullable
    Void maintainNode(String node, boolean on, String reason) throws IOException {
        if (on) {
            putCheck(maintenance(
                    node, NODE_MAINTENANCE, "Node Maintenance Mode", reason.isEmpty() ? NO_REASON_NODE : reason, null));
        } else {
            removeCheck(NODE_MAINTENANCE);
        }
        return null;
    }

    private static CheckEntry maintenance(
            String node, String id, String name, String notes, @Nullable String serviceId) {
        return new CheckEntry(
                node,
                id,
                name,
                CheckStatus.CRITICAL,
                notes,
                "",
                serviceId,
                "",
                List.of(),
                "maintenance",
                CheckKind.NONE,
                0,
                0);
    }

    /**
     * Makes a change of one service's, or the node's, registration last and seen. A check that came here from another
     * service leaves that one.
     */
    private void commit(LocalCatalog before, LocalCatalog after, @Nullable String serviceId, List<CheckEntry> newChecks)
            throws IOException {
        requireRoom(after, serviceId);
        Set<String> robbed = robbed(before, serviceId, newChecks);
        write(before, after, serviceId, newChecks);
        for (String service : robbed) {
            write(before, after, service, List.of());
        }
        for (CheckEntry check : before.checks()) {
            if (sameOwner(check, serviceId) && after.check(check.id()) == null) {
                checks.removed(check);
            }
        }
        agent.publish(after, Arrays.asList(serviceId));
        newChecks.forEach(check -> {
            CheckEntry now = after.check(check.id());
            if (now != null) {
                checks.added(now);
            }
        });
        robbed.forEach(sync::serviceChanged);
        if (serviceId != null) {
            sync.serviceChanged(serviceId);
        } else {
            newChecks.forEach(check -> sync.nodeCheckChanged(check.id()));
        }
    }

    private static boolean sameOwner(CheckEntry check, @Nullable String serviceId) {
        return serviceId == null ? check.serviceId() == null : serviceId.equalsIgnoreCase(check.serviceId());
    }

    private static void requireRoom(LocalCatalog after, @Nullable String serviceId) {
        int count = (serviceId == null ? after.nodeChecks() : after.checksOf(serviceId)).size();
        if (count > LocalAgent.CHECKS_OF_ONE_MAX) {
            throw new AgentException(
                    Reason.FULL,
                    (serviceId == null ? "this node" : "service \"" + serviceId + "\"") + " would have " + count
                            + " checks; at most " + LocalAgent.CHECKS_OF_ONE_MAX + " are taken");
        }
    }

    private static Set<String> robbed(LocalCatalog before, @Nullable String serviceId, List<CheckEntry> newChecks) {
        Set<String> robbed = new HashSet<>();
        for (CheckEntry check : newChecks) {
            CheckEntry old = before.check(check.id());
            if (old != null && old.serviceId() != null && !sameOwner(old, serviceId)) {
                robbed.add(old.serviceId());
            }
        }
        return robbed;
    }

    private void write(LocalCatalog before, LocalCatalog after, @Nullable String serviceId, List<CheckEntry> newChecks)
            throws IOException {
        if (serviceId != null && !configuredServices.contains(serviceId)) {
            files.write(new Registration(after.service(serviceId), List.copyOf(after.checksOf(serviceId))));
            for (CheckEntry check : newChecks) {
                CheckEntry old = before.check(check.id());
                if (old != null && hasOwnFile(old)) {
                    files.removeCheck(old);
                }
            }
            return;
        }
        for (CheckEntry check : newChecks) {
            if (configuredChecks.contains(check.id())) {
                files.removeCheck(check);
            } else {
                files.write(new Registration(null, List.of(check)));
            }
        }
        for (CheckEntry old : serviceId == null ? before.nodeChecks() : before.checksOf(serviceId)) {
            if (after.check(old.id()) == null) {
                files.removeCheck(old);
            }
        }
    }

    /** Of the node, or of a service that the configuration gives. */
    private boolean hasOwnFile(CheckEntry check) {
        return check.serviceId() == null || configuredServices.contains(check.serviceId());
    }
}
