package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.GetResponse;
import dev.coord.api.v1.ListRequest;
import dev.coord.api.v1.ListResponse;
import dev.coord.api.v1.PipelineRequest;
import dev.coord.api.v1.PipelineResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.PutResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvTest {

    private GrpcFixture server;

    @BeforeEach
    void start() throws Exception {
        server = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private PutResponse put(String key, String value, long ifRevision) {
        return server.kv()
                .put(PutRequest.newBuilder()
                        .setKey(key)
                        .setValue(ByteString.copyFromUtf8(value))
                        .setIfModifyRevision(ifRevision)
                        .build());
    }

    private GetResponse get(String key) {
        return server.kv().get(GetRequest.newBuilder().setKey(key).build());
    }

    private static void assertRefused(Throwable refused, Status.Code code, String said) {
        assertThat(refused).isInstanceOf(StatusRuntimeException.class).hasMessageContaining(said);
        assertThat(((StatusRuntimeException) refused).getStatus().getCode()).isEqualTo(code);
    }

    @Test
    void a_key_is_put_read_compared_and_deleted() {
        assertThat(get("a").hasKv()).isFalse();
        long revision = server.put("a", "one");
        assertThat(get("a").getKv().getValue().toStringUtf8()).isEqualTo("one");
        assertThat(get("a").getKv().getModifyRevision()).isEqualTo(revision);
        assertThat(put("a", "two", revision + 1).getApplied()).isFalse();
        assertThat(put("a", "two", revision).getApplied()).isTrue();
        assertThat(put("a", "three", 0).getApplied()).isFalse();
        assertThat(server.kv()
                        .delete(DeleteRequest.newBuilder().setKey("a").build())
                        .getApplied())
                .isTrue();
        assertThat(get("a").hasKv()).isFalse();
        assertThat(get("a").getFreshness().getKnownLeader()).isTrue();
    }

    @Test
    void a_list_goes_page_by_page() {
        for (int i = 0; i < 25; i++) {
            server.put("p/" + (100 + i), "v");
        }
        server.put("q", "elsewhere");
        List<String> keys = new ArrayList<>();
        String after = "";
        ListResponse page;
        do {
            page = server.kv()
                    .list(ListRequest.newBuilder()
                            .setPrefix("p/")
                            .setAfter(after)
                            .setLimit(10)
                            .build());
            page.getKvsList().forEach(kv -> keys.add(kv.getKey()));
            after = keys.get(keys.size() - 1);
        } while (page.getMore());
        assertThat(keys).hasSize(25).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_page_ends_when_it_is_large() {
        for (int i = 0; i < 10; i++) {
            server.put("big/" + i, "v".repeat(400_000));
        }
        ListResponse page =
                server.kv().list(ListRequest.newBuilder().setPrefix("big/").build());
        assertThat(page.getMore()).isTrue();
        assertThat(page.getSerializedSize()).isBetween(2_000_000, 3_000_000);
        ListResponse keysOnly = server.kv()
                .list(ListRequest.newBuilder()
                        .setPrefix("big/")
                        .setKeysOnly(true)
                        .build());
        assertThat(keysOnly.getKvsCount()).isEqualTo(10);
    }

    @Test
    void bad_requests_are_refused_with_the_limit_and_the_server_goes_on() {
        assertThatThrownBy(() -> get(""))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "key is empty"));
        assertThatThrownBy(() -> server.put("", "v"))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "Missing key"));
        assertThatThrownBy(() -> server.put("k", "v".repeat(600_000)))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "524288"));
        assertThatThrownBy(() -> server.put("k", "v".repeat(5_000_000)))
                .satisfies(e -> assertRefused(e, Status.Code.RESOURCE_EXHAUSTED, "exceeds maximum"));
        assertThatThrownBy(() -> server.kv()
                        .delete(DeleteRequest.newBuilder()
                                .setKey("k")
                                .setRecurse(true)
                                .setIfModifyRevision(3)
                                .build()))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "recurse"));
        assertThatThrownBy(() -> server.kv()
                        .put(PutRequest.newBuilder()
                                .setKey("k")
                                .setAcquire("no-such-session")
                                .build()))
                .satisfies(e -> assertRefused(e, Status.Code.FAILED_PRECONDITION, "session"));
        assertThat(server.put("k", "v")).isPositive();
    }

    @Test
    void without_a_leader_stale_reads_go_on_and_the_rest_says_that_nothing_happened() {
        server.put("a", "one");
        server.consensus.setLeading(false);
        assertThat(server.kv()
                        .get(GetRequest.newBuilder()
                                .setKey("a")
                                .setConsistency(Consistency.CONSISTENCY_STALE)
                                .build())
                        .getKv()
                        .getValue()
                        .toStringUtf8())
                .isEqualTo("one");
        assertThatThrownBy(() -> server.put("a", "two")).satisfies(e -> {
            assertRefused(e, Status.Code.UNAVAILABLE, "leader");
            Metadata trailers = ((StatusRuntimeException) e).getTrailers();
            assertThat(trailers).isNotNull();
            assertThat(trailers.get(Statuses.REASON)).isEqualTo("NO_LEADER");
        });
    }

    @Test
    void a_port_in_use_is_named() {
        GrpcOptions options = GrpcOptions.plain("127.0.0.1", server.api.port());
        assertThatThrownBy(() -> {
                    try (GrpcApi second = new GrpcApi(
                            server.consensus, server.consensus, server.consensus, server.leases, server.hub, options)) {
                        second.start();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("gRPC port " + server.api.port() + " on 127.0.0.1 is in use");
    }

    /** Gathers a pipeline's answers by id. */
    private static final class Answers implements io.grpc.stub.StreamObserver<PipelineResponse> {
        final Map<Long, PipelineResponse> byId = new ConcurrentHashMap<>();
        final CompletableFuture<Void> end = new CompletableFuture<>();

        @Override
        public void onNext(PipelineResponse answer) {
            assertThat(byId.put(answer.getId(), answer)).as("one answer only").isNull();
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            end.complete(null);
        }
    }

    private static PipelineRequest pipelinedPut(long id, String key, String value) {
        return PipelineRequest.newBuilder()
                .setId(id)
                .setPut(PutRequest.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)))
                .build();
    }

    private static PipelineRequest pipelinedGet(long id, String key) {
        return PipelineRequest.newBuilder()
                .setId(id)
                .setGet(GetRequest.newBuilder().setKey(key))
                .build();
    }

    @Test
    void a_pipeline_answers_everything_in_the_order_promised() throws Exception {
        Answers answers = new Answers();
        var requests = dev.coord.api.v1.KVGrpc.newStub(server.channel).pipeline(answers);
        int rounds = 2_000;
        for (int i = 0; i < rounds; i++) {
            requests.onNext(pipelinedPut(2L * i, "k" + i % 7, "v" + i));
            requests.onNext(pipelinedGet(2L * i + 1, "k" + i % 7));
        }
        requests.onCompleted();
        answers.end.get(30, TimeUnit.SECONDS);

        assertThat(answers.byId).hasSize(2 * rounds);
        long last = 0;
        for (int i = 0; i < rounds; i++) {
            PutResponse written = answers.byId.get(2L * i).getPut();
            assertThat(written.getApplied()).isTrue();
            assertThat(written.getRevision()).isGreaterThan(last);
            last = written.getRevision();
            String read =
                    answers.byId.get(2L * i + 1).getGet().getKv().getValue().toStringUtf8();
            assertThat(Integer.parseInt(read.substring(1))).isGreaterThanOrEqualTo(i);
        }
    }

    @Test
    void one_bad_request_fails_alone() throws Exception {
        Answers answers = new Answers();
        var requests = dev.coord.api.v1.KVGrpc.newStub(server.channel).pipeline(answers);
        requests.onNext(pipelinedPut(1, "", "no key"));
        requests.onNext(PipelineRequest.newBuilder().setId(2).build());
        requests.onNext(pipelinedPut(3, "k", "v"));
        requests.onCompleted();
        answers.end.get(10, TimeUnit.SECONDS);
        assertThat(answers.byId.get(1L).getError().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT.value());
        assertThat(answers.byId.get(2L).getError().getMessage()).contains("neither get, put nor delete");
        assertThat(answers.byId.get(3L).getPut().getApplied()).isTrue();
    }
}
