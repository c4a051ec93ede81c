package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.v1.DeleteFlagsRequest;
import dev.coord.api.v1.EvaluateFlagRequest;
import dev.coord.api.v1.EvaluateFlagResponse;
import dev.coord.api.v1.Feature;
import dev.coord.api.v1.FeaturesRequest;
import dev.coord.api.v1.FlagAction;
import dev.coord.api.v1.FlagHistoryRequest;
import dev.coord.api.v1.FlagVersion;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.FlagsWritten;
import dev.coord.api.v1.GetFlagsRequest;
import dev.coord.api.v1.GetFlagsResponse;
import dev.coord.api.v1.ListFlagSetsRequest;
import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PutFlagsRequest;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.UndoFlagsRequest;
import dev.coord.api.v1.WatchGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code coord.v1.Flags}, and the watch of a flag set. */
class FlagsServiceTest {

    private static final String FLAG =
            "{\"state\":\"ENABLED\",\"variants\":{\"on\":true,\"off\":false},\"defaultVariant\":\"on\"}";

    private GrpcFixture coord;

    @BeforeEach
    void start() throws IOException {
        coord = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        coord.close();
    }

    private FlagsGrpc.FlagsBlockingStub flags() {
        return FlagsGrpc.newBlockingStub(coord.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private FlagsWritten put(String flag, String json) {
        return flags().put(PutFlagsRequest.newBuilder()
                .setSet("web")
                .setFlag(flag)
                .setJson(json)
                .setAuthor("ann")
                .build());
    }

    private GetFlagsResponse get(String flag) {
        return flags().get(
                        GetFlagsRequest.newBuilder().setSet("web").setFlag(flag).build());
    }

    @Test
    void aFlagIsPutGotListedUndoneAndDeleted() {
        FlagsWritten put = put("a", FLAG);
        assertThat(put.getChangedList()).containsExactly("a");
        assertThat(get("a").getDocument().getJson()).isEqualTo(FLAG);
        assertThat(get("").getDocument().getJson()).isEqualTo("{\"flags\":{\"a\":" + FLAG + "}}");
        assertThat(get("").getDocument().getModifyRevision()).isEqualTo(put.getRevision());
        assertThat(get("b").hasDocument()).isFalse();
        assertThat(flags().list(ListFlagSetsRequest.getDefaultInstance())
                        .getSets(0)
                        .getAuthor())
                .isEqualTo("ann");
        var deleted = flags().delete(DeleteFlagsRequest.newBuilder()
                .setSet("web")
                .setFlag("a")
                .build());
        assertThat(deleted.getChangedList()).containsExactly("a");
        var undone = flags().undo(UndoFlagsRequest.newBuilder().setSet("web").build());
        assertThat(undone.getChangedList()).containsExactly("a");
        FlagVersion newest = flags().history(
                        FlagHistoryRequest.newBuilder().setSet("web").build())
                .getVersions(0);
        assertThat(newest.getAction()).isEqualTo(FlagAction.FLAG_ACTION_UNDO);
        assertThat(newest.getDeltas(0).hasFrom()).isFalse();
        assertThat(newest.getDeltas(0).getTo()).isEqualTo(FLAG);
    }

    @Test
    void aConflictIsAbortedAndABadDefinitionInvalid() {
        put("a", FLAG);
        assertThatThrownBy(() -> flags().put(PutFlagsRequest.newBuilder()
                        .setSet("web")
                        .setFlag("a")
                        .setJson(FLAG)
                        .setCas(1)
                        .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.ABORTED))
                .hasMessageContaining("not at 1; ann changed the set at");
        assertThatThrownBy(() -> put("a", "{}"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining("$.flags.a.state must be");
    }

    @Test
    void aSetOfOneMebibyteFitsThroughAWriteAndAWatch() {
        String large = FLAG.replace("true", "\"" + "x".repeat(1_000_000) + "\"").replace("false", "\"\"");
        put("a", large);
        var polled = WatchGrpc.newBlockingStub(coord.channel)
                .poll(PollRequest.newBuilder()
                        .setSubject(Subject.newBuilder().setFlagSet("web"))
                        .build());
        assertThat(polled.getItems().getFlags(0).getJson()).isEqualTo(large);
    }

    @Test
    void anEvaluationSaysValueVariantAndReason() {
        put(
                "a",
                FLAG.replace(
                        "\"defaultVariant\"", "\"targeting\":{\"if\":[{\"var\":\"no\"},\"off\"]},\"defaultVariant\""));
        assertThat(evaluate("a", "{\"no\":true}"))
                .returns("false", EvaluateFlagResponse::getValueJson)
                .returns("off", EvaluateFlagResponse::getVariant)
                .returns("TARGETING_MATCH", EvaluateFlagResponse::getReason);
        assertThat(evaluate("a", "").getReason()).isEqualTo("DEFAULT");
        assertThat(evaluate("b", "").getError()).isEqualTo("there is no flag \"b\"");
    }

    private EvaluateFlagResponse evaluate(String flag, String context) {
        return flags().evaluate(EvaluateFlagRequest.newBuilder()
                .setSet("web")
                .setFlag(flag)
                .setContextJson(context)
                .build());
    }

    @Test
    void featuresAreListedWithoutALeader() {
        coord.consensus.setLeading(false);
        assertThat(flags().features(FeaturesRequest.getDefaultInstance()).getFeaturesList())
                .extracting(Feature::getName)
                .contains("streaming", "lease-reads");
    }
}
