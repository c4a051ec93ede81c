package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PipelineRequest;
import dev.coord.api.v1.PipelineResponse;
import dev.coord.api.v1.PutRequest;
import dev.coord.server.LocalConsensus;
import dev.coord.server.LocalLeases;
import dev.coord.server.command.ClusterView;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.streaming.Hub;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pipeline over an executor that takes its time: commands wait until the scenario lets them be applied. */
class PipelineOrderTest {

    private static final int IN_FLIGHT_MAX = 64;

    private Hub hub;
    private LocalConsensus consensus;
    private GrpcApi api;
    private ManagedChannel channel;

    /** Proposed and not applied yet. */
    private final SlowExecutor executor = new SlowExecutor();

    private final List<PipelineResponse> answers = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();

    private final class SlowExecutor implements CommandExecutor {

        private record Proposed(Command command, CompletableFuture<CommandResult> result) {}

        /** Guarded by this. */
        private final Queue<Proposed> proposed = new ArrayDeque<>();

        @Override
        public synchronized CompletableFuture<CommandResult> execute(Command command) {
            Proposed next = new Proposed(command, new CompletableFuture<>());
            proposed.add(next);
            return next.result();
        }

        synchronized int waiting() {
            return proposed.size();
        }

        void applyOne() {
            Proposed next;
            synchronized (this) {
                next = proposed.remove();
            }
            next.result().complete(consensus.apply(next.command()));
        }
    }

    @BeforeEach
    void start() {
        hub = new ShardedHub(HubOptions.defaults());
        consensus = new LocalConsensus(System::currentTimeMillis, hub);
    }

    private StreamObserver<PipelineRequest> open(boolean leader) throws Exception {
        GrpcOptions.Limits limits = GrpcOptions.Limits.defaults();
        api = new GrpcApi(
                executor,
                consensus,
                leader ? consensus : new Follower(consensus),
                new LocalLeases(consensus),
                hub,
                new GrpcOptions(
                        "127.0.0.1",
                        0,
                        null,
                        new GrpcOptions.Limits(
                                limits.callsPerConnectionMax(),
                                IN_FLIGHT_MAX,
                                limits.pipelineBytesMax(),
                                limits.pooledReadsMax(),
                                limits.listBytesMax(),
                                limits.pollBytesMax(),
                                limits.snapshotFrameBytesMax(),
                                limits.snapshotTimeout(),
                                limits.bookmarkInterval())));
        api.start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", api.port())
                .usePlaintext()
                .build();
        return KVGrpc.newStub(channel).pipeline(new StreamObserver<>() {
            @Override
            public void onNext(PipelineResponse answer) {
                answers.add(answer);
            }

            @Override
            public void onError(Throwable failure) {
                end.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                end.complete(null);
            }
        });
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        api.close();
        hub.close();
    }

    private static PipelineRequest put(long id, String value) {
        return PipelineRequest.newBuilder()
                .setId(id)
                .setPut(PutRequest.newBuilder().setKey("k").setValue(ByteString.copyFromUtf8(value)))
                .build();
    }

    private static PipelineRequest get(long id) {
        return PipelineRequest.newBuilder()
                .setId(id)
                .setGet(GetRequest.newBuilder().setKey("k"))
                .build();
    }

    private String read(long id) {
        return answers.stream()
                .filter(answer -> answer.getId() == id)
                .map(answer -> answer.getGet().getKv().getValue().toStringUtf8())
                .findAny()
                .orElse("no answer");
    }

    @Test
    void the_leader_proposes_writes_without_waiting_and_a_read_waits_for_those_before_it() throws Exception {
        StreamObserver<PipelineRequest> requests = open(true);
        requests.onNext(put(1, "one"));
        requests.onNext(put(2, "two"));
        requests.onNext(get(3));
        requests.onNext(put(4, "three"));
        await().until(() -> executor.waiting() == 3);
        executor.applyOne();
        await().until(() -> answers.size() == 1);
        executor.applyOne();
        await().until(() -> answers.size() == 3);
        assertThat(read(3)).isEqualTo("two");
        executor.applyOne();
        requests.onCompleted();
        end.get(10, TimeUnit.SECONDS);
        assertThat(answers).extracting(PipelineResponse::getId).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    }

    @Test
    void a_follower_forwards_one_write_after_the_other() throws Exception {
        StreamObserver<PipelineRequest> requests = open(false);
        for (int i = 1; i <= 5; i++) {
            requests.onNext(put(i, "v" + i));
        }
        requests.onNext(get(6));
        requests.onCompleted();
        for (int i = 1; i <= 5; i++) {
            await().until(() -> executor.waiting() == 1);
            assertThat(answers).hasSize(i - 1);
            executor.applyOne();
        }
        end.get(10, TimeUnit.SECONDS);
        assertThat(answers).extracting(PipelineResponse::getId).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(read(6)).isEqualTo("v5");
    }

    @Test
    void no_more_than_the_bound_is_under_way() throws Exception {
        StreamObserver<PipelineRequest> requests = open(true);
        int all = 1_000;
        for (int i = 0; i < all; i++) {
            requests.onNext(put(i, "v" + i));
        }
        requests.onCompleted();
        int most = 0;
        for (int applied = 0; applied < all; applied++) {
            await().pollDelay(Duration.ZERO).until(() -> executor.waiting() > 0);
            most = Math.max(most, executor.waiting());
            executor.applyOne();
        }
        end.get(10, TimeUnit.SECONDS);
        assertThat(answers).hasSize(all);
        assertThat(most).isBetween(2, IN_FLIGHT_MAX);
    }

    /** Sees what another does, and does not lead. */
    private record Follower(LocalConsensus other) implements ClusterView {

        @Override
        public Server self() {
            return other.self();
        }

        @Override
        public Optional<Server> leader() {
            return other.leader();
        }

        @Override
        public boolean isLeader() {
            return false;
        }

        @Override
        public long lastContactMillis() {
            return 5;
        }

        @Override
        public List<Server> servers() {
            return other.servers();
        }

        @Override
        public long term() {
            return other.term();
        }

        @Override
        public long lastLogIndex() {
            return other.lastLogIndex();
        }

        @Override
        public long appliedIndex() {
            return other.appliedIndex();
        }

        @Override
        public boolean isAlive(Server server) {
            return other.isAlive(server);
        }
    }
}
