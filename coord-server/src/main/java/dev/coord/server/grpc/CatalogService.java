package dev.coord.server.grpc;

import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.DeregisterResponse;
import dev.coord.api.v1.ListNodesRequest;
import dev.coord.api.v1.ListNodesResponse;
import dev.coord.api.v1.ListServicesRequest;
import dev.coord.api.v1.ListServicesResponse;
import dev.coord.api.v1.RegisterRequest;
import dev.coord.api.v1.RegisterResponse;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.CatalogAccess;
import dev.coord.server.command.ApiMapping;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandValidation;
import io.grpc.stub.StreamObserver;

/** {@code coord.v1.Catalog}. */
final class CatalogService extends CatalogGrpc.CatalogImplBase {

    private final Reads reads;
    private final Writes writes;
    private final ServiceSummaries summaries;

    CatalogService(Reads reads, Writes writes, ServiceSummaries summaries) {
        this.reads = reads;
        this.writes = writes;
        this.summaries = summaries;
    }

    @Override
    public void register(RegisterRequest request, StreamObserver<RegisterResponse> out) {
        writes.answerKnowing(
                reads,
                Caller.current(),
                () -> command(request),
                CatalogAccess::require,
                result -> RegisterResponse.newBuilder()
                        .setRevision(result.revision())
                        .build(),
                out);
    }

    private static Command command(RegisterRequest request) {
        if (!request.hasNode() || request.getNode().getName().isEmpty()) {
            throw Statuses.invalid("node.name is empty: every registration names the node it is on");
        }
        String node = request.getNode().getName();
        Command command = new Command.Register(
                ApiMapping.fromMessage(request.getNode()),
                request.hasService()
                        ? ApiMapping.fromMessage(
                                request.getService().toBuilder().setNode(node).build())
                        : null,
                request.getChecksList().stream()
                        .map(check -> ApiMapping.fromMessage(
                                check.toBuilder().setNode(node).build()))
                        .toList(),
                request.getSkipNodeUpdate());
        CommandValidation.validate(command);
        return command;
    }

    @Override
    public void deregister(DeregisterRequest request, StreamObserver<DeregisterResponse> out) {
        writes.answerKnowing(
                reads,
                Caller.current(),
                () -> command(request),
                CatalogAccess::require,
                result -> DeregisterResponse.newBuilder()
                        .setRevision(result.revision())
                        .build(),
                out);
    }

    private static Command command(DeregisterRequest request) {
        Command command = new Command.Deregister(
                request.getNode(),
                request.getServiceId().isEmpty() ? null : request.getServiceId(),
                request.getCheckId().isEmpty() ? null : request.getCheckId());
        CommandValidation.validate(command);
        return command;
    }

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    Authorizer may = caller.in(state);
                    ListNodesResponse.Builder answer =
                            ListNodesResponse.newBuilder().setFreshness(reads.freshness(state));
                    state.nodes().stream()
                            .filter(may::maySee)
                            .forEach(node -> answer.addNodes(ApiMapping.toMessage(node)));
                    return answer.build();
                },
                out);
    }

    @Override
    public void listServices(ListServicesRequest request, StreamObserver<ListServicesResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    ListServicesResponse.Builder answer =
                            ListServicesResponse.newBuilder().setFreshness(reads.freshness(state));
                    summaries.of(state, caller.in(state)).values().forEach(answer::addServices);
                    return answer.build();
                },
                out);
    }
}
