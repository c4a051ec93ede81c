package dev.coord.server.http;

import dev.coord.server.command.ClusterChanges;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import dev.coord.server.command.Member;
import dev.coord.server.command.ServerChange;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Of a cluster of one, which can't change. */
record NoChanges(ClusterView cluster) implements ClusterChanges {

    @Override
    public List<Member> serverMembers() {
        return cluster.servers().stream()
                .map(server -> new Member(server, true, Member.Status.ALIVE))
                .toList();
    }

    @Override
    public CompletableFuture<Void> join(List<String> addresses) {
        return refused();
    }

    @Override
    public CompletableFuture<Void> leave() {
        return refused();
    }

    @Override
    public CompletableFuture<Boolean> forceLeave(String name, boolean prune) {
        return CompletableFuture.completedFuture(false);
    }

    @Override
    public CompletableFuture<Void> remove(Server server) {
        return refused();
    }

    @Override
    public CompletableFuture<ServerChange.Outcome> change(ServerChange change) {
        return refused();
    }

    @Override
    public CompletableFuture<Void> transferLeadership(@Nullable Server to) {
        return refused();
    }

    private static <T> CompletableFuture<T> refused() {
        return CompletableFuture.failedFuture(new IOException("it is the only server"));
    }
}
