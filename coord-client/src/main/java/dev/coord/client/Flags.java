package dev.coord.client;

import dev.coord.api.v1.DeleteFlagsRequest;
import dev.coord.api.v1.EvaluateFlagRequest;
import dev.coord.api.v1.FeaturesRequest;
import dev.coord.api.v1.FlagHistoryRequest;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.FlagsWritten;
import dev.coord.api.v1.GetFlagsRequest;
import dev.coord.api.v1.ListFlagSetsRequest;
import dev.coord.api.v1.PutFlagsRequest;
import dev.coord.api.v1.UndoFlagsRequest;
import dev.coord.client.Calls.Kind;
import dev.coord.client.FlagWrite.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Feature flags: flagd's documents, in flag sets. For programs that write them, and for tools. A program that goes by flags
 * takes an OpenFeature provider instead, see {@code dev.coord.client.openfeature}. Safe from any thread.
 *
 * <p>Each call blocks, at most for the client's deadline, and throws {@link CoordException}: {@link
 * CoordException.Reason#INVALID} with the place in the document and the rule that it breaks, {@link
 * CoordException.Reason#REFUSED} when a condition does not hold because somebody else was faster; nothing has changed then.
 * Writes are repeated only when they surely did not happen.
 */
public final class Flags {

    private final Calls calls;

    Flags(Calls calls) {
        this.calls = calls;
    }

    /** All flag sets, by name. */
    public List<FlagSetInfo> sets() {
        return Waits.join(calls.call(
                        Kind.READ,
                        FlagsGrpc.getListMethod(),
                        ListFlagSetsRequest.getDefaultInstance(),
                        "List of flag sets")
                .thenApply(answer ->
                        answer.getSetsList().stream().map(FlagSetInfo::of).toList()));
    }

    /** A whole set; empty when there is none of that name. */
    public Optional<FlagDocument> set(String set, ReadMode mode) {
        return get(set, "", mode);
    }

    /** One definition; empty when there is no such flag. */
    public Optional<FlagDocument> flag(String set, String flag, ReadMode mode) {
        return get(set, flag, mode);
    }

    private Optional<FlagDocument> get(String set, String flag, ReadMode mode) {
        GetFlagsRequest request = GetFlagsRequest.newBuilder()
                .setSet(set)
                .setFlag(flag)
                .setConsistency(mode.message())
                .build();
        return Waits.join(calls.call(Kind.READ, FlagsGrpc.getGetMethod(), request, "Get of " + named(set, flag))
                .thenApply(answer -> answer.hasDocument()
                        ? Optional.of(new FlagDocument(
                                answer.getDocument().getJson(),
                                answer.getDocument().getModifyRevision()))
                        : Optional.empty()));
    }

    /** Writes a whole document; flags that it does not have go. */
    public Outcome putSet(String set, String json, FlagWrite write) {
        return put(set, "", json, write);
    }

    /** Writes one definition; makes the set if need be. */
    public Outcome putFlag(String set, String flag, String json, FlagWrite write) {
        return put(set, flag, json, write);
    }

    private Outcome put(String set, String flag, String json, FlagWrite write) {
        PutFlagsRequest.Builder request = PutFlagsRequest.newBuilder()
                .setSet(set)
                .setFlag(flag)
                .setJson(json)
                .setAuthor(write.author());
        if (write.expectedRevision() != null) {
            request.setCas(write.expectedRevision());
        }
        return outcome(calls.call(Kind.WRITE, FlagsGrpc.getPutMethod(), request.build(), "Put of " + named(set, flag)));
    }

    /** Deletes a set; {@link #undo} brings it back, for a while. To delete what is not there succeeds. */
    public Outcome deleteSet(String set, FlagWrite write) {
        return delete(set, "", write);
    }

    /** Deletes one definition. To delete what is not there succeeds. */
    public Outcome deleteFlag(String set, String flag, FlagWrite write) {
        return delete(set, flag, write);
    }

    private Outcome delete(String set, String flag, FlagWrite write) {
        DeleteFlagsRequest.Builder request =
                DeleteFlagsRequest.newBuilder().setSet(set).setFlag(flag).setAuthor(write.author());
        if (write.expectedRevision() != null) {
            request.setCas(write.expectedRevision());
        }
        return outcome(calls.call(
                Kind.WRITE, FlagsGrpc.getDeleteMethod(), request.build(), "Deletion of " + named(set, flag)));
    }

    /** Takes the version before the newest back, as a version of its own: to undo an undo is to do it again. */
    public Outcome undo(String set, FlagWrite write) {
        UndoFlagsRequest.Builder request =
                UndoFlagsRequest.newBuilder().setSet(set).setAuthor(write.author());
        if (write.expectedRevision() != null) {
            request.setCas(write.expectedRevision());
        }
        return outcome(calls.call(Kind.WRITE, FlagsGrpc.getUndoMethod(), request.build(), "Undo in " + named(set, "")));
    }

    private static Outcome outcome(CompletableFuture<FlagsWritten> written) {
        return Waits.join(written.thenApply(answer -> new Outcome(answer.getRevision(), answer.getChangedList())));
    }

    /** The versions of a set that the store remembers, the newest first; empty when there never was such a set. */
    public List<FlagVersion> history(String set) {
        return Waits.join(calls.call(
                        Kind.READ,
                        FlagsGrpc.getHistoryMethod(),
                        FlagHistoryRequest.newBuilder().setSet(set).build(),
                        "History of " + named(set, ""))
                .thenApply(answer ->
                        answer.getVersionsList().stream().map(FlagVersion::of).toList()));
    }

    /**
     * What a program with this context would get.
     *
     * @param contextJson an object; {@code targetingKey} is what fractions are made by
     */
    public FlagEvaluation evaluate(String set, String flag, String contextJson) {
        return Waits.join(calls.call(
                        Kind.READ,
                        FlagsGrpc.getEvaluateMethod(),
                        EvaluateFlagRequest.newBuilder()
                                .setSet(set)
                                .setFlag(flag)
                                .setContextJson(contextJson)
                                .build(),
                        "Evaluation of " + named(set, flag))
                .thenApply(answer -> new FlagEvaluation(
                        answer.getValueJson(),
                        answer.getVariant(),
                        answer.getReason(),
                        answer.getError().isEmpty() ? Optional.empty() : Optional.of(answer.getError()))));
    }

    /** The servers' own features, as one of the servers sees them. Answered without a leader. */
    public List<ServerFeature> features() {
        return Waits.join(calls.call(
                        Kind.READ,
                        FlagsGrpc.getFeaturesMethod(),
                        FeaturesRequest.getDefaultInstance(),
                        "List of the servers' features")
                .thenApply(answer ->
                        answer.getFeaturesList().stream().map(ServerFeature::of).toList()));
    }

    private static String named(String set, String flag) {
        return flag.isEmpty() ? "flag set '" + set + "'" : "flag '" + flag + "' of set '" + set + "'";
    }
}
