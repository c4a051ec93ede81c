package dev.coord.server.http;

import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Member;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Of a server that is alone and stays so. */
record NoControl(ClusterView cluster) implements AgentControl {

    @Override
    public List<Member> members() {
        return cluster.servers().stream()
                .map(server -> new Member(server, true, Member.Status.ALIVE))
                .toList();
    }

    @Override
    public CompletableFuture<Void> reload() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> join(String address) {
        return CompletableFuture.failedFuture(new UnsupportedOperationException("nobody to join"));
    }

    @Override
    public CompletableFuture<Void> leave() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void stop() {}

    @Override
    public CompletableFuture<Boolean> forceLeave(String node, boolean prune) {
        return CompletableFuture.completedFuture(false);
    }
}
