package dev.coord.server.raft;

import dev.coord.api.raft.v1.ChangeRequest;
import dev.coord.api.raft.v1.ChangeResponse;
import dev.coord.api.raft.v1.DnsCall;
import dev.coord.api.raft.v1.DnsReply;
import dev.coord.api.raft.v1.ForwardRequest;
import dev.coord.api.raft.v1.ForwardResponse;
import dev.coord.api.raft.v1.HelloRequest;
import dev.coord.api.raft.v1.HelloResponse;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.JoinRequest;
import dev.coord.api.raft.v1.JoinResponse;
import dev.coord.api.raft.v1.LeaseRequest;
import dev.coord.api.raft.v1.LeaseResponse;
import dev.coord.api.raft.v1.LeaveRequest;
import dev.coord.api.raft.v1.LeaveResponse;
import dev.coord.api.raft.v1.NodeRequest;
import dev.coord.api.raft.v1.NodeResponse;
import dev.coord.api.raft.v1.TokenCall;
import dev.coord.api.raft.v1.TokenReply;
import dev.coord.server.command.ForwardedHttp;
import java.util.concurrent.CompletableFuture;

/** Answers what other servers ask beside Raft. Called by the transport's threads; nothing here may block. */
interface PeerHandler {

    CompletableFuture<ForwardResponse> forward(ForwardRequest request);

    CompletableFuture<LeaseResponse> lease(LeaseRequest request);

    HelloResponse hello(HelloRequest request);

    CompletableFuture<JoinResponse> join(JoinRequest request);

    CompletableFuture<LeaveResponse> leave(LeaveRequest request);

    CompletableFuture<ChangeResponse> change(ChangeRequest request);

    CompletableFuture<NodeResponse> node(NodeRequest request);

    CompletableFuture<DnsReply> dns(DnsCall call);

    CompletableFuture<TokenReply> token(TokenCall call);

    void http(HttpCall call, ForwardedHttp.Answer answer);
}
