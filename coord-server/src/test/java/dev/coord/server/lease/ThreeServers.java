package dev.coord.server.lease;

import dev.coord.server.LocalConsensus;
import dev.coord.server.command.ClusterView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A cluster as its leader sees it: this server and two others, which a test lets die, come back and leave. */
final class ThreeServers implements ClusterView {

    private final LocalConsensus consensus;
    private final Set<String> dead = ConcurrentHashMap.newKeySet();
    private final Set<String> gone = ConcurrentHashMap.newKeySet();

    ThreeServers(LocalConsensus consensus) {
        this.consensus = consensus;
    }

    void die(String name) {
        dead.add(name);
    }

    void comeBack(String name) {
        dead.remove(name);
    }

    void leave(String name) {
        gone.add(name);
    }

    private static Server server(int number) {
        return new Server(
                "00000000-0000-0000-0000-00000000000" + number,
                "node-" + number,
                "dc1",
                "127.0.0.1:830" + number,
                "",
                "",
                "0.1.0",
                true);
    }

    @Override
    public List<Server> servers() {
        List<Server> servers = new ArrayList<>(List.of(consensus.self(), server(2), server(3)));
        servers.removeIf(server -> gone.contains(server.name()));
        return servers;
    }

    @Override
    public boolean isAlive(Server server) {
        return !dead.contains(server.name());
    }

    @Override
    public Server self() {
        return consensus.self();
    }

    @Override
    public Optional<Server> leader() {
        return consensus.leader();
    }

    @Override
    public boolean isLeader() {
        return consensus.isLeader();
    }

    @Override
    public long lastContactMillis() {
        return 0;
    }

    @Override
    public long term() {
        return 1;
    }

    @Override
    public long lastLogIndex() {
        return consensus.lastLogIndex();
    }

    @Override
    public long appliedIndex() {
        return consensus.appliedIndex();
    }
}
