package dev.coord.server.grpc;

import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.Member;
import dev.coord.api.v1.MembersRequest;
import dev.coord.api.v1.MembersResponse;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.ClusterView.Server;
import io.grpc.stub.StreamObserver;

/** {@code coord.v1.Cluster}. Answers without a leader. */
final class ClusterService extends ClusterGrpc.ClusterImplBase {

    private final ClusterView view;
    private final Reads reads;

    ClusterService(ClusterView view, Reads reads) {
        this.view = view;
        this.reads = reads;
    }

    @Override
    public void members(MembersRequest request, StreamObserver<MembersResponse> out) {
        // For everybody: a client must find the servers before it can show them a token.
        Caller.current().needsNothing();
        String clusterId = reads.latest().clusterId();
        String leader = view.leader().map(Server::id).orElse("");
        MembersResponse.Builder answer = MembersResponse.newBuilder()
                .setClusterId(clusterId == null ? "" : clusterId)
                .setTerm(view.term())
                .setSelf(view.self().name());
        for (Server server : view.servers()) {
            answer.addMembers(Member.newBuilder()
                    .setName(server.name())
                    .setRaftAddress(server.raftAddress())
                    .setGrpcAddress(server.grpcAddress())
                    .setHttpAddress(server.httpAddress())
                    .setLeader(server.id().equals(leader))
                    .setVoter(server.voter())
                    .setAlive(view.isAlive(server)));
        }
        out.onNext(answer.build());
        out.onCompleted();
    }
}
