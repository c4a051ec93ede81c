package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Struct;
import dev.coord.api.flagd.sync.v1.FetchAllFlagsRequest;
import dev.coord.api.flagd.sync.v1.FlagSyncServiceGrpc;
import dev.coord.api.flagd.sync.v1.GetMetadataRequest;
import dev.coord.api.flagd.sync.v1.SyncFlagsRequest;
import dev.coord.api.flagd.sync.v1.SyncFlagsResponse;
import dev.coord.api.v1.DeleteFlagsRequest;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.PutFlagsRequest;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code flagd.sync.v1} as its clients use it. */
class FlagSyncTest {

    private static final String FLAG = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true},\"defaultVariant\":\"on\"}";

    private GrpcFixture coord;

    @BeforeEach
    void start() throws IOException {
        coord = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        coord.close();
    }

    private void put(String set, String flag) {
        var unused = FlagsGrpc.newBlockingStub(coord.channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .put(PutFlagsRequest.newBuilder()
                        .setSet(set)
                        .setFlag(flag)
                        .setJson(FLAG)
                        .build());
    }

    private FlagSyncServiceGrpc.FlagSyncServiceBlockingStub sync() {
        return FlagSyncServiceGrpc.newBlockingStub(coord.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /** Collects what a stream brings. */
    private static final class Collected implements StreamObserver<SyncFlagsResponse> {
        final List<String> documents = new CopyOnWriteArrayList<>();
        volatile @Nullable Status status;

        @Override
        public void onNext(SyncFlagsResponse response) {
            documents.add(response.getFlagConfiguration());
        }

        @Override
        public void onError(Throwable failure) {
            status = Status.fromThrowable(failure);
        }

        @Override
        public void onCompleted() {
            status = Status.OK;
        }

        String last() {
            return documents.isEmpty() ? "" : documents.get(documents.size() - 1);
        }
    }

    private Collected follow(String selector) {
        Collected collected = new Collected();
        FlagSyncServiceGrpc.newStub(coord.channel)
                .syncFlags(SyncFlagsRequest.newBuilder().setSelector(selector).build(), collected);
        return collected;
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable holds) {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(holds);
    }

    @Test
    void theWholeSetComesAtOnceAndAgainWhenItChanges() {
        put("web", "a");
        Collected web = follow("web");
        eventually(() -> assertThat(web.documents).hasSize(1));
        assertThat(web.last()).isEqualTo("{\"flags\":{\"a\":" + FLAG + "}}");
        put("other", "x");
        put("web", "b");
        eventually(() -> assertThat(web.last()).contains("\"b\":"));
        assertThat(web.documents).hasSize(2);
    }

    @Test
    void aSetThatDoesNotExistIsFollowedFromEmptyOn() {
        Collected later = follow("flagSetId=later");
        eventually(() -> assertThat(later.documents).containsExactly("{\"flags\":{}}"));
        put("later", "a");
        eventually(() -> assertThat(later.last()).contains("\"a\":"));
        var unused = FlagsGrpc.newBlockingStub(coord.channel)
                .delete(DeleteFlagsRequest.newBuilder().setSet("later").build());
        eventually(() -> assertThat(later.last()).isEqualTo("{\"flags\":{}}"));
    }

    @Test
    void manyQuickChangesComeAsFewAndTheLastIsNeverLost() {
        Collected web = follow("web");
        eventually(() -> assertThat(web.documents).isNotEmpty());
        for (int i = 0; i < 100; i++) {
            put("web", "f" + i);
        }
        eventually(() -> assertThat(web.last()).contains("\"f99\":").contains("\"f0\":"));
        assertThat(web.documents).hasSizeLessThan(100);
    }

    @Test
    void theSelectorComesByHeaderOrFieldAndIsDefaultWithoutEither() {
        put("default", "d");
        put("web", "w");
        assertThat(fetch("")).contains("\"d\":");
        assertThat(fetch("web")).contains("\"w\":");
        assertThat(fetch("flagSetId=web")).contains("\"w\":");
        Metadata header = new Metadata();
        header.put(Metadata.Key.of("flagd-selector", Metadata.ASCII_STRING_MARSHALLER), "flagSetId=web");
        var byHeader = FlagSyncServiceGrpc.newBlockingStub(
                ClientInterceptors.intercept(coord.channel, MetadataUtils.newAttachHeadersInterceptor(header)));
        assertThat(byHeader.fetchAllFlags(FetchAllFlagsRequest.getDefaultInstance())
                        .getFlagConfiguration())
                .contains("\"w\":");
    }

    private String fetch(String selector) {
        return sync().fetchAllFlags(
                        FetchAllFlagsRequest.newBuilder().setSelector(selector).build())
                .getFlagConfiguration();
    }

    @Test
    void aSelectorThatNamesNoSetIsRefused() {
        assertThatThrownBy(() -> fetch("source=file.json"))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT))
                .hasMessageContaining("name a flag set, as NAME or flagSetId=NAME");
        Collected bad = follow("a b");
        eventually(() -> assertThat(bad.status).isNotNull());
    }

    @SuppressWarnings("deprecation")
    @Test
    void metadataIsThereForOlderClientsAndEmpty() {
        assertThat(sync().getMetadata(GetMetadataRequest.getDefaultInstance()).getMetadata())
                .isEqualTo(Struct.getDefaultInstance());
    }

    @Test
    void withoutALeaderTheServerGivesWhatItHas() {
        put("web", "a");
        coord.consensus.setLeading(false);
        Collected web = follow("web");
        eventually(() -> assertThat(web.last()).contains("\"a\":"));
    }

    @Test
    void aServerThatKnowsNothingYetDoesNotSayThatThereAreNoFlags() {
        coord.consensus.setLeading(false);
        Collected web = follow("web");
        eventually(() -> assertThat(web.status).isNotNull());
        assertThat(web.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(web.documents).isEmpty();
    }

    @Test
    void aServerThatStopsEndsItsStreamsWithoutAnError() {
        Collected web = follow("web");
        eventually(() -> assertThat(web.documents).isNotEmpty());
        coord.api.close();
        eventually(() -> assertThat(web.status).isNotNull());
        assertThat(web.status.isOk()).isTrue();
    }
}
