package dev.coord.server.lease;

import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.CheckStatus;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.loop.EventLoop;
import dev.coord.server.state.Change.ServiceInstance;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the servers of the cluster in the catalog: for each a node, the {@code consul} service and the {@code serfHealth}
 * check. A server that left the configuration leaves the catalog. On the lease thread, while this server leads.
 */
final class ServerHealth {

    private static final Logger LOG = LoggerFactory.getLogger(ServerHealth.class);

    /** A server must look dead, alive or gone for this long before the catalog says so, milliseconds. */
    static final long SETTLE_MILLIS = 2_000;

    private final EventLoop loop;
    private final StateReader states;
    private final ClusterView cluster;
    private final Proposals proposals;
    private final Map<String, Seen> seen = new HashMap<>();

    ServerHealth(EventLoop loop, StateReader states, ClusterView cluster, Proposals proposals) {
        this.loop = loop;
        this.states = states;
        this.cluster = cluster;
        this.proposals = proposals;
    }

    private enum Condition {
        ALIVE,
        DEAD,
        GONE
    }

    private static final class Seen {
        Condition condition;
        long sinceMillis;
        boolean writing;
        String complaint = "";

        Seen(Condition condition, long sinceMillis) {
            this.condition = condition;
            this.sinceMillis = sinceMillis;
        }
    }

    /** Looks at all servers once. */
    void round() {
        List<Server> servers = cluster.servers();
        String self = cluster.self().id();
        if (servers.stream().noneMatch(server -> server.id().equals(self))) {
            return; // Not a configuration to judge others by.
        }
        State state = states.latest();
        Set<String> names = new HashSet<>();
        for (Server server : servers) {
            names.add(server.name());
            boolean alive = server.id().equals(self) || cluster.isAlive(server);
            Seen now = see(server.name(), alive ? Condition.ALIVE : Condition.DEAD);
            keep(state, server, now);
        }
        for (ServiceInstance instance : state.instances(ServerNode.SERVICE)) {
            String name = instance.node().name();
            if (!names.contains(name) && state.check(name, ServerNode.CHECK) != null) {
                remove(name, see(name, Condition.GONE));
            }
        }
    }

    /** Forgets what it saw. */
    void clear() {
        seen.clear();
    }

    private Seen see(String name, Condition condition) {
        Seen known = seen.computeIfAbsent(name, ignored -> new Seen(condition, loop.nowMillis()));
        if (known.condition != condition) {
            known.condition = condition;
            known.sinceMillis = loop.nowMillis();
        }
        return known;
    }

    private boolean settled(Seen server) {
        return loop.nowMillis() - server.sinceMillis >= SETTLE_MILLIS;
    }

    private void keep(State state, Server server, Seen now) {
        CheckEntry before = state.check(server.name(), ServerNode.CHECK);
        boolean alive = now.condition == Condition.ALIVE;
        if (before != null && !settled(now)) {
            alive = before.status() == CheckStatus.PASSING;
        }
        ServiceEntry service = ServerNode.service(server);
        CheckEntry check = ServerNode.check(server, alive);
        boolean same = service.equals(withoutIndexes(state.service(server.name(), ServerNode.SERVICE)))
                && before != null
                && check.sameAs(before);
        if (!same) {
            if (before == null || before.status() != check.status()) {
                LOG.info("Server {} is {}", server.name(), alive ? "alive" : "not reachable");
            }
            write(new Command.Register(ServerNode.node(server, Map.of()), service, List.of(check), true), now);
        }
    }

    private static @Nullable ServiceEntry withoutIndexes(@Nullable ServiceEntry service) {
        return service == null ? null : service.withIndexes(0, 0);
    }

    private void remove(String name, Seen now) {
        if (settled(now)) {
            LOG.info("Server {} left the cluster and leaves the catalog", name);
            write(new Command.Deregister(name, null, null), now);
        }
    }

    private void write(Command command, Seen server) {
        if (server.writing) {
            return;
        }
        server.writing = true;
        proposals.propose(command, (result, failure) -> {
            server.writing = false;
            complain(server, result, failure);
        });
    }

    /** The next round tries again; the log hears of each cause once. */
    private static void complain(Seen server, @Nullable CommandResult result, @Nullable Throwable failure) {
        String complaint = "";
        if (failure != null) {
            complaint = String.valueOf(failure.getMessage());
        } else if (result != null && result.rejection() != null) {
            complaint = result.rejection().message();
        }
        if (!complaint.isEmpty() && !complaint.equals(server.complaint)) {
            LOG.warn("The catalog's entry of a server could not be written: {}", complaint);
        }
        server.complaint = complaint;
    }
}
