package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.api.v1.ChangeRolloutRequest;
import dev.coord.api.v1.GetRolloutRequest;
import dev.coord.api.v1.ListRolloutsRequest;
import dev.coord.api.v1.Rollout;
import dev.coord.api.v1.RolloutEvent;
import dev.coord.api.v1.RolloutPhase;
import dev.coord.api.v1.RolloutsGrpc;
import dev.coord.api.v1.StartRolloutRequest;
import dev.coord.api.v1.WatchRolloutRequest;
import dev.coord.api.v1.WatchRolloutResponse;
import dev.coord.server.acl.AccessControl;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.command.SecretDigest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code coord.v1.Rollouts}, where nobody moves a rollout on but those who ask. */
class RolloutsServiceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final StartRolloutRequest PLAN = StartRolloutRequest.newBuilder()
            .setFeature("hub-shape")
            .setTo("single")
            .addAllSteps(List.of(10, 100))
            .setSoakMs(90_000)
            .addGuards("cpu=2x,95%")
            .setAuthor("ann")
            .build();

    private GrpcFixture coord;

    @BeforeEach
    void start() throws IOException {
        coord = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        coord.close();
    }

    private void allow(AccessControl access) throws IOException {
        coord.close();
        coord = new GrpcFixture(access);
        AclFixture.bootstrap(coord.consensus);
    }

    private RolloutsGrpc.RolloutsBlockingStub rollouts() {
        return rollouts(coord.channel);
    }

    private static RolloutsGrpc.RolloutsBlockingStub rollouts(Channel channel) {
        return RolloutsGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static ChangeRolloutRequest byBob() {
        return ChangeRolloutRequest.newBuilder()
                .setFeature("hub-shape")
                .setAuthor("bob")
                .build();
    }

    private Rollout get(String feature) {
        return rollouts()
                .get(GetRolloutRequest.newBuilder().setFeature(feature).build())
                .getRollout();
    }

    @Test
    void oneThatIsBegunIsAnsweredListedAndReadAsItWasAskedFor() {
        Rollout started = rollouts().start(PLAN).getRollout();

        assertThat(started.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_BASELINE);
        assertThat(started.getTo()).isEqualTo("single");
        assertThat(started.getStepsList()).containsExactly(10, 100);
        assertThat(started.getSoakMs()).isEqualTo(90_000);
        assertThat(started.getBaselineMs()).isEqualTo(60_000);
        assertThat(started.getSamplesMin()).isEqualTo(100);
        assertThat(started.getAuthor()).isEqualTo("ann");
        assertThat(started.getGuardsList())
                .filteredOn(guard -> guard.getSignal().equals("cpu"))
                .singleElement()
                .satisfies(guard -> {
                    assertThat(guard.getFactor()).isEqualTo(2);
                    assertThat(guard.getFloor()).isEqualTo(95);
                    assertThat(guard.hasLimit()).as("nothing was measured yet").isFalse();
                });
        assertThat(get("hub-shape")).isEqualTo(started);
        assertThat(rollouts().list(ListRolloutsRequest.getDefaultInstance()).getRolloutsList())
                .containsExactly(started);
    }

    @Test
    void oneThatThereNeverWasIsNotThere() {
        assertThat(rollouts()
                        .get(GetRolloutRequest.newBuilder()
                                .setFeature("hub-shape")
                                .build())
                        .hasRollout())
                .isFalse();
    }

    @Test
    void itIsPausedTwiceResumedAndAbortedAndEachChangeIsInItsHistory() {
        var unused = rollouts().start(PLAN);

        assertThat(rollouts().pause(byBob()).getRollout().getPaused()).isTrue();
        assertThat(rollouts().pause(byBob()).getRollout().getPaused()).isTrue();
        assertThat(rollouts().resume(byBob()).getRollout().getPaused()).isFalse();
        Rollout aborted = rollouts().abort(byBob()).getRollout();

        assertThat(aborted.getPhase()).isEqualTo(RolloutPhase.ROLLOUT_PHASE_ABORTED);
        assertThat(aborted.getEventsList())
                .extracting(event -> event.getKind() + " by " + event.getAuthor())
                .containsExactly("started by ann", "paused by bob", "resumed by bob", "aborted by bob");
        assertThat(aborted.getEventsList()).allMatch(RolloutEvent::hasFromPercent);
    }

    private static void assertRefused(String problem, ThrowingCallable call) {
        assertThatThrownBy(call)
                .as(problem)
                .satisfies(failure ->
                        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining(problem);
    }

    @Test
    void whatMakesNoSenseIsRefusedByNameAndChangesNothing() {
        assertRefused("is not held", () -> {
            var unused = rollouts().start(PLAN);
            rollouts().lift(byBob());
        });
        assertRefused("abort it first", () -> rollouts().start(PLAN));
        var unused = rollouts().abort(byBob());
        long revision = coord.consensus.latest().revision();

        assertRefused("has no rollout under way", () -> rollouts().pause(byBob()));
        assertRefused("there is no feature \"nothing\"", () -> get("nothing"));
        assertRefused("there is no feature \"nothing\"", () -> rollouts()
                .pause(byBob().toBuilder().setFeature("nothing").build()));
        assertRefused("step 10 comes after 50", () -> rollouts()
                .start(PLAN.toBuilder()
                        .clearSteps()
                        .addAllSteps(List.of(50, 10))
                        .build()));
        assertRefused("step -1 comes after 0", () -> rollouts()
                .start(PLAN.toBuilder().clearSteps().addSteps(-1).build()));
        assertRefused("soak is 1 ms", () -> rollouts()
                .start(PLAN.toBuilder().setSoakMs(1).build()));
        assertRefused("samples is 0: at least 1", () -> rollouts()
                .start(PLAN.toBuilder().setSamplesMin(0).build()));
        assertThat(coord.consensus.latest().revision()).isEqualTo(revision);
    }

    @Test
    void whatIsTooLongIsRefusedInAMessageThatIsNot() {
        String megabyte = "x".repeat(1 << 20);

        assertRefused("there is no feature \"xxx", () -> rollouts()
                .start(PLAN.toBuilder().setFeature(megabyte).build()));
        assertRefused("not \"xxx", () -> rollouts()
                .start(PLAN.toBuilder().setTo(megabyte).build()));
        assertRefused("a guard has 1048576 characters, at most 100", () -> rollouts()
                .start(PLAN.toBuilder().addGuards(megabyte).build()));
        assertRefused("there are 10001 guards: at most 20", () -> {
            StartRolloutRequest.Builder many = PLAN.toBuilder();
            for (int i = 0; i < 10_000; i++) {
                many.addGuards("cpu=2x");
            }
            rollouts().start(many.build());
        });
        assertRefused("the author has 1048576 characters", () -> rollouts()
                .start(PLAN.toBuilder().setAuthor(megabyte).build()));
    }

    @Test
    void withoutALeaderAChangeIsRefusedAndAStaleReadIsNot() {
        var unused = rollouts().start(PLAN);
        coord.consensus.setLeading(false);

        assertThatThrownBy(() -> rollouts().pause(byBob()))
                .satisfies(failure ->
                        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.UNAVAILABLE));
        assertThat(rollouts()
                        .get(GetRolloutRequest.newBuilder()
                                .setFeature("hub-shape")
                                .setConsistency(dev.coord.api.v1.Consistency.CONSISTENCY_STALE)
                                .build())
                        .getRollout()
                        .getFeature())
                .isEqualTo("hub-shape");
    }

    /** Collects what a stream brings. */
    private static final class Followed implements StreamObserver<WatchRolloutResponse> {
        final List<WatchRolloutResponse> seen = new CopyOnWriteArrayList<>();
        volatile @Nullable Status status;

        @Override
        public void onNext(WatchRolloutResponse response) {
            seen.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            status = Status.fromThrowable(failure);
        }

        @Override
        public void onCompleted() {
            status = Status.OK;
        }

        void awaitSeen(int count) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(seen).hasSize(count));
        }

        void awaitEnd(Status.Code code) {
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(status).isNotNull();
                assertThat(status.getCode()).isEqualTo(code);
            });
        }
    }

    private static Followed follow(Channel channel, String feature) {
        Followed followed = new Followed();
        RolloutsGrpc.newStub(channel)
                .watch(WatchRolloutRequest.newBuilder().setFeature(feature).build(), followed);
        return followed;
    }

    @Test
    void aWatchTellsOfWhatIsThereAndOfEachChangeAndOfNoOtherFeatures() {
        Followed shape = follow(coord.channel, "hub-shape");
        shape.awaitSeen(1);
        assertThat(shape.seen.get(0).hasRollout()).as("there was none yet").isFalse();

        var unused = rollouts()
                .start(PLAN.toBuilder().setFeature("lease-reads").setTo("true").build());
        unused = rollouts().start(PLAN);
        shape.awaitSeen(2);
        unused = rollouts().pause(byBob());
        shape.awaitSeen(3);

        assertThat(shape.seen.get(1).getRollout().getFeature()).isEqualTo("hub-shape");
        assertThat(shape.seen.get(2).getRollout().getPaused()).isTrue();
        assertThat(shape.seen.get(2).getFreshness().getRevision())
                .isGreaterThan(shape.seen.get(1).getFreshness().getRevision());
    }

    @Test
    void aWatchOfNoFeatureIsRefusedAndAServerThatStopsEndsThoseThereAre() {
        follow(coord.channel, "nothing").awaitEnd(Status.Code.INVALID_ARGUMENT);
        Followed shape = follow(coord.channel, "hub-shape");
        shape.awaitSeen(1);

        coord.api.close();

        shape.awaitEnd(Status.Code.UNAVAILABLE);
    }

    private Channel as(String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER), token);
        return ClientInterceptors.intercept(coord.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private static void assertDenied(ThrowingCallable call) {
        assertThatThrownBy(call).hasMessageContaining("PERMISSION_DENIED");
    }

    @Test
    void toChangeTakesFlagAndOperatorAndToReadTakesFlag() throws IOException {
        allow(AclFixture.access(AclFixture.DENY, "node-1"));
        String operator = "operator = \"write\"";
        String flags = "flag \"coord\" { policy = \"write\" }";
        Channel both = as(AclFixture.token(coord.consensus, operator + "\n" + flags));
        Channel flagsOnly = as(AclFixture.token(coord.consensus, flags));
        Channel operatorOnly = as(AclFixture.token(coord.consensus, operator));
        String reading = AclFixture.token(coord.consensus, "flag \"coord\" { policy = \"read\" }");
        Channel reader = as(reading);

        Rollout started = rollouts(both).start(PLAN).getRollout();
        String accessor =
                coord.consensus.latest().acl().tokenOf(SecretDigest.of(reading)).accessorId();
        assertThat(started.getAuthor()).startsWith("ann (token ").doesNotContain(accessor);
        for (Channel denied : List.of(flagsOnly, operatorOnly, reader, coord.channel)) {
            assertDenied(() -> rollouts(denied).pause(byBob()));
            assertDenied(() -> rollouts(denied).start(PLAN));
        }
        GetRolloutRequest get =
                GetRolloutRequest.newBuilder().setFeature("hub-shape").build();
        assertThat(rollouts(reader).get(get).hasRollout()).isTrue();
        assertThat(rollouts(reader)
                        .list(ListRolloutsRequest.getDefaultInstance())
                        .getRolloutsCount())
                .isEqualTo(1);
        for (Channel denied : List.of(operatorOnly, coord.channel)) {
            assertDenied(() -> rollouts(denied).get(get));
            assertDenied(() -> rollouts(denied).list(ListRolloutsRequest.getDefaultInstance()));
            follow(denied, "hub-shape").awaitEnd(Status.Code.PERMISSION_DENIED);
        }
        follow(reader, "hub-shape").awaitSeen(1);
    }
}
