package dev.coord.server.grpc;

import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeleteResponse;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.GetResponse;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.ListRequest;
import dev.coord.api.v1.ListResponse;
import dev.coord.api.v1.PipelineRequest;
import dev.coord.api.v1.PipelineResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import dev.coord.server.command.ClusterView;
import dev.coord.server.limits.Limits;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** {@code coord.v1.KV}. */
final class KvService extends KVGrpc.KVImplBase {

    private final Reads reads;
    private final Writes writes;
    private final ClusterView view;
    private final KvRequests requests;
    private final GrpcOptions.Limits limits;

    KvService(Reads reads, Writes writes, ClusterView view, GrpcOptions.Limits limits, Limits admission) {
        this.reads = reads;
        this.writes = writes;
        this.view = view;
        this.limits = limits;
        requests = new KvRequests(reads, limits.listBytesMax(), admission);
    }

    @Override
    public void get(GetRequest request, StreamObserver<GetResponse> out) {
        Caller caller = Caller.current();
        reads.answer(request.getConsistency(), state -> requests.get(state, request, caller.in(state)), out);
    }

    @Override
    public void list(ListRequest request, StreamObserver<ListResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(request.getConsistency(), state -> requests.list(state, request, caller.in(state)), out);
    }

    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> out) {
        Caller caller = Caller.current();
        writes.answer(caller, () -> requests.put(request, caller.in(reads.latest())), requests::put, out);
    }

    @Override
    public void delete(DeleteRequest request, StreamObserver<DeleteResponse> out) {
        Caller caller = Caller.current();
        writes.answer(caller, () -> requests.delete(request, caller.in(reads.latest())), requests::delete, out);
    }

    @Override
    public StreamObserver<PipelineRequest> pipeline(StreamObserver<PipelineResponse> out) {
        return new Pipeline(
                Caller.current(), reads, writes, view, requests, limits, (ServerCallStreamObserver<PipelineResponse>)
                        out);
    }
}
