package dev.coord.server.grpc;

import dev.coord.api.v1.DeleteFlagsRequest;
import dev.coord.api.v1.EvaluateFlagRequest;
import dev.coord.api.v1.EvaluateFlagResponse;
import dev.coord.api.v1.FeaturesRequest;
import dev.coord.api.v1.FeaturesResponse;
import dev.coord.api.v1.FlagDocument;
import dev.coord.api.v1.FlagHistoryRequest;
import dev.coord.api.v1.FlagHistoryResponse;
import dev.coord.api.v1.FlagSetSummary;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.FlagsWritten;
import dev.coord.api.v1.GetFlagsRequest;
import dev.coord.api.v1.GetFlagsResponse;
import dev.coord.api.v1.ListFlagSetsRequest;
import dev.coord.api.v1.ListFlagSetsResponse;
import dev.coord.api.v1.PutFlagsRequest;
import dev.coord.api.v1.UndoFlagsRequest;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.acl.Resource;
import dev.coord.server.command.ClusterView;
import dev.coord.server.flags.CompiledSet;
import dev.coord.server.flags.Evaluation;
import dev.coord.server.flags.EvaluationAttributes;
import dev.coord.server.flags.Feature;
import dev.coord.server.flags.FeatureReport;
import dev.coord.server.flags.FlagTexts;
import dev.coord.server.flags.FlagWrites;
import dev.coord.server.flags.FlagWrites.Written;
import dev.coord.server.state.FlagEntry;
import dev.coord.server.state.FlagSetEntry;
import dev.coord.server.state.State;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** {@code coord.v1.Flags}. */
final class FlagsService extends FlagsGrpc.FlagsImplBase {

    private final Reads reads;
    private final FlagWrites writes;
    private final ClusterView view;

    FlagsService(Reads reads, FlagWrites writes, ClusterView view) {
        this.reads = reads;
        this.writes = writes;
        this.view = view;
    }

    @Override
    public void list(ListFlagSetsRequest request, StreamObserver<ListFlagSetsResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    ListFlagSetsResponse.Builder answer =
                            ListFlagSetsResponse.newBuilder().setFreshness(reads.freshness(state));
                    Authorizer may = caller.in(state);
                    state.flagSets().stream()
                            .filter(set -> may.mayRead(Resource.FLAG, set.name()))
                            .forEach(set -> answer.addSets(summary(set)));
                    return answer.build();
                },
                out);
    }

    private static FlagSetSummary summary(FlagSetEntry set) {
        return FlagSetSummary.newBuilder()
                .setName(set.name())
                .setFlags(set.flagCount())
                .setAuthor(set.newest().author())
                .setTimeMs(set.newest().timeMillis())
                .setCreateRevision(set.createIndex())
                .setModifyRevision(set.modifyIndex())
                .build();
    }

    @Override
    public void get(GetFlagsRequest request, StreamObserver<GetFlagsResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, request.getSet());
                    return get(state, request);
                },
                out);
    }

    private GetFlagsResponse get(State state, GetFlagsRequest request) {
        GetFlagsResponse.Builder answer = GetFlagsResponse.newBuilder().setFreshness(reads.freshness(state));
        FlagSetEntry set = state.flagSet(request.getSet());
        FlagEntry flag = set == null ? null : set.flag(request.getFlag());
        if (set != null && request.getFlag().isEmpty()) {
            answer.setDocument(FlagDocument.newBuilder()
                    .setJson(FlagTexts.document(set, false))
                    .setModifyRevision(set.modifyIndex()));
        } else if (flag != null) {
            answer.setDocument(
                    FlagDocument.newBuilder().setJson(flag.definition()).setModifyRevision(flag.modifyIndex()));
        }
        return answer.build();
    }

    @Override
    public void put(PutFlagsRequest request, StreamObserver<FlagsWritten> out) {
        Long cas = request.hasCas() ? request.getCas() : null;
        write(
                request.getSet(),
                () -> request.getFlag().isEmpty()
                        ? writes.putSet(request.getSet(), request.getJson(), cas, author(request.getAuthor()))
                        : writes.putFlag(
                                request.getSet(),
                                request.getFlag(),
                                request.getJson(),
                                cas,
                                author(request.getAuthor())),
                out);
    }

    @Override
    public void delete(DeleteFlagsRequest request, StreamObserver<FlagsWritten> out) {
        Long cas = request.hasCas() ? request.getCas() : null;
        write(
                request.getSet(),
                () -> request.getFlag().isEmpty()
                        ? writes.deleteSet(request.getSet(), cas, author(request.getAuthor()))
                        : writes.deleteFlag(request.getSet(), request.getFlag(), cas, author(request.getAuthor())),
                out);
    }

    @Override
    public void undo(UndoFlagsRequest request, StreamObserver<FlagsWritten> out) {
        Long cas = request.hasCas() ? request.getCas() : null;
        write(request.getSet(), () -> writes.undo(request.getSet(), cas, author(request.getAuthor())), out);
    }

    private String author(String given) {
        return FlagWrites.author(given, "somebody by gRPC", Caller.current().accessor(reads.latest()));
    }

    private void write(String set, Supplier<CompletableFuture<Written>> write, StreamObserver<FlagsWritten> out) {
        CompletableFuture<Written> written;
        try {
            Authorizer may = Caller.current().in(reads.latest());
            may.requireWrite(Resource.FLAG, set);
            if (set.equals(Feature.SET)) {
                // The servers' own features are the operators' besides.
                may.requireWrite(Resource.OPERATOR);
            }
            written = write.get();
        } catch (RuntimeException refused) {
            out.onError(Statuses.of(refused));
            return;
        }
        Completion.of(written, (done, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
            } else if (done.conflict() != null) {
                out.onError(Status.ABORTED.withDescription(done.conflict()).asRuntimeException());
            } else {
                out.onNext(FlagsWritten.newBuilder()
                        .setRevision(done.index())
                        .addAllChanged(done.changed())
                        .build());
                out.onCompleted();
            }
        });
    }

    @Override
    public void history(FlagHistoryRequest request, StreamObserver<FlagHistoryResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, request.getSet());
                    FlagHistoryResponse.Builder answer =
                            FlagHistoryResponse.newBuilder().setFreshness(reads.freshness(state));
                    FlagSetEntry set = state.flagSetOrGone(request.getSet());
                    if (set != null) {
                        List<dev.coord.server.state.FlagVersion> newestFirst = new ArrayList<>(set.history());
                        Collections.reverse(newestFirst);
                        newestFirst.forEach(version -> answer.addVersions(StateMapping.toMessage(version)));
                    }
                    return answer.build();
                },
                out);
    }

    @Override
    public void evaluate(EvaluateFlagRequest request, StreamObserver<EvaluateFlagResponse> out) {
        Caller caller = Caller.current();
        reads.answerOnPool(
                request.getConsistency(),
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, request.getSet());
                    EvaluationAttributes context = EvaluationAttributes.parse(request.getContextJson());
                    Evaluation evaluation =
                            CompiledSet.of(state.flagSet(request.getSet())).evaluate(request.getFlag(), context);
                    return EvaluateFlagResponse.newBuilder()
                            .setFreshness(reads.freshness(state))
                            .setValueJson(evaluation.value() == null ? "" : FlagTexts.value(evaluation))
                            .setVariant(evaluation.variant() == null ? "" : evaluation.variant())
                            .setReason(evaluation.reason().name())
                            .setError(evaluation.error() == null ? "" : evaluation.error())
                            .build();
                },
                out);
    }

    @Override
    public void features(FeaturesRequest request, StreamObserver<FeaturesResponse> out) {
        Caller caller = Caller.current();
        // From what this server has: that is what its features go by.
        reads.answerOnPool(
                dev.coord.api.v1.Consistency.CONSISTENCY_STALE,
                state -> {
                    caller.in(state).requireRead(Resource.FLAG, Feature.SET);
                    FeaturesResponse.Builder answer = FeaturesResponse.newBuilder();
                    FeatureReport.all(state, view)
                            .forEach(report -> answer.addFeatures(FeatureMapping.toMessage(report)));
                    return answer.build();
                },
                out);
    }
}
