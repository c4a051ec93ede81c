package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PollResponse;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubStats;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PollTest {

    private GrpcFixture server;

    @BeforeEach
    void start() throws Exception {
        server = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ListenableFuture<PollResponse> poll(String prefix, long index, long waitMillis) {
        return WatchGrpc.newFutureStub(server.channel)
                .poll(PollRequest.newBuilder()
                        .setSubject(Subject.newBuilder().setKeyPrefix(prefix))
                        .setIndex(index)
                        .setWaitMs(waitMillis)
                        .build());
    }

    private int waiters() {
        return server.hub.stats().shards().stream()
                .mapToInt(HubStats.Shard::waiters)
                .sum();
    }

    @Test
    void a_poll_answers_at_once_and_then_when_its_subject_changes() throws Exception {
        long first = server.put("a/1", "one");
        PollResponse now = poll("a/", 0, 60_000).get(10, TimeUnit.SECONDS);
        assertThat(now.getIndex()).isEqualTo(first);
        assertThat(now.getItems().getKvsList()).extracting(KeyValue::getKey).containsExactly("a/1");

        ListenableFuture<PollResponse> next = poll("a/", now.getIndex(), 60_000);
        await().until(() -> waiters() == 1);
        server.put("b/1", "elsewhere");
        assertThat(next.isDone()).isFalse();
        long second = server.put("a/2", "two");
        assertThat(next.get(10, TimeUnit.SECONDS).getIndex()).isEqualTo(second);
        assertThat(next.get().getItems().getKvsCount()).isEqualTo(2);
    }

    @Test
    void a_poll_answers_when_its_wait_is_over() throws Exception {
        long first = server.put("a/1", "one");
        PollResponse answer = poll("a/", first, 50).get(10, TimeUnit.SECONDS);
        assertThat(answer.getIndex()).isEqualTo(first);
    }

    @Test
    void a_cancelled_poll_gives_its_waiter_back() {
        long first = server.put("a/1", "one");
        ListenableFuture<PollResponse> poll = poll("a/", first, 60_000);
        await().until(() -> waiters() == 1);
        poll.cancel(true);
        await().until(() -> waiters() == 0);
    }

    @Test
    void an_answer_beyond_the_limit_is_refused_with_what_to_do() throws Exception {
        server.close();
        GrpcOptions.Limits limits = GrpcOptions.Limits.defaults();
        server = new GrpcFixture(
                HubOptions.defaults(),
                new GrpcOptions.Limits(
                        limits.callsPerConnectionMax(),
                        limits.pipelineInFlightMax(),
                        limits.pipelineBytesMax(),
                        limits.pooledReadsMax(),
                        limits.listBytesMax(),
                        10_000,
                        limits.snapshotFrameBytesMax(),
                        limits.snapshotTimeout(),
                        limits.bookmarkInterval()));
        for (int i = 0; i < 5; i++) {
            server.put("a/" + i, "v".repeat(4_000));
        }
        assertThatThrownBy(() -> WatchGrpc.newBlockingStub(server.channel)
                        .poll(PollRequest.newBuilder()
                                .setSubject(Subject.newBuilder().setKeyPrefix("a/"))
                                .build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                    assertThat(refused).hasMessageContaining("limit of 10000 bytes");
                });
    }
}
