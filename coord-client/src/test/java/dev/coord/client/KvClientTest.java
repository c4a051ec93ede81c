package dev.coord.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.client.CoordException.Reason;
import dev.coord.server.command.ConsensusException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvClientTest {

    private LocalCluster cluster;
    private CoordClient client;

    @BeforeEach
    void start() throws Exception {
        cluster = new LocalCluster(2);
        client = cluster.client().build();
    }

    @AfterEach
    void stop() {
        client.close();
        cluster.close();
    }

    private static void assertReason(Throwable failure, Reason reason) {
        assertThat(failure).isInstanceOf(CoordException.class);
        assertThat(((CoordException) failure).reason()).as(failure.getMessage()).isEqualTo(reason);
    }

    /** As an HTTP port answers: at once, and not in gRPC. */
    @Test
    void what_answers_in_another_protocol_is_said_at_once() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> answerAsHttp(other));
            answering.setDaemon(true);
            answering.start();
            try (CoordClient lost = CoordClient.builder()
                    .addresses(List.of("127.0.0.1:" + other.getLocalPort()))
                    .deadline(Duration.ofMinutes(5))
                    .build()) {
                assertThatThrownBy(() -> lost.kv().get("a"))
                        .hasMessageContaining("what answers at 127.0.0.1:" + other.getLocalPort())
                        .hasMessageContaining("does not speak gRPC");
                try (Watch<ServiceName> watch = lost.watch(WatchTarget.services(), update -> {})) {
                    assertThatThrownBy(() -> watch.awaitReady(Duration.ofMinutes(5)))
                            .hasMessageContaining("does not speak gRPC");
                }
            }
        }
    }

    private static void answerAsHttp(ServerSocket listening) {
        while (!listening.isClosed()) {
            try (Socket accepted = listening.accept()) {
                accepted.getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                accepted.shutdownOutput();
                accepted.getInputStream().readAllBytes();
            } catch (IOException e) {
                // The test is over, or the client has gone.
            }
        }
    }

    @Test
    void keys_are_put_read_compared_listed_and_deleted() {
        Kv kv = client.kv();
        assertThat(kv.get("a")).isEmpty();
        long revision = kv.put("a", "one");
        assertThat(kv.get("a")).hasValueSatisfying(entry -> {
            assertThat(entry.text()).isEqualTo("one");
            assertThat(entry.modifyRevision()).isEqualTo(revision);
            assertThat(entry.session()).isEmpty();
        });
        assertThat(kv.get("a", ReadMode.STALE)).isPresent();
        assertThat(kv.compareAndSet("a", 0, "no")).isFalse();
        assertThat(kv.compareAndSet("a", revision, "two")).isTrue();
        assertThat(kv.compareAndDelete("a", revision)).isFalse();
        kv.delete("a");
        assertThat(kv.get("a")).isEmpty();
        for (int i = 0; i < 2_500; i++) {
            cluster.consensus.apply(new dev.coord.server.command.Command.KvPut(
                    "many/" + (10_000 + i), ByteString.copyFromUtf8("v"), 0, null, null, null));
        }
        assertThat(kv.list("many/")).hasSize(2_500).extracting(KvEntry::key).isSorted();
        kv.deleteTree("many/");
        assertThat(kv.list("many/")).isEmpty();
    }

    @Test
    void a_future_completes_on_the_clients_executor() throws Exception {
        CompletableFuture<String> thread = client.kv()
                .putAsync("a", ByteString.EMPTY)
                .thenApply(done -> Thread.currentThread().getName());
        assertThat(thread.get(10, TimeUnit.SECONDS)).matches("coord-client-\\d+|main|Test worker");
    }

    @Test
    void bad_input_is_refused_with_the_key_and_the_limit() {
        assertThatThrownBy(() -> client.kv().put("", "v")).satisfies(e -> assertReason(e, Reason.INVALID));
        assertThatThrownBy(() -> client.kv().put("large", "v".repeat(600_000)))
                .hasMessageContaining("large")
                .hasMessageContaining("524288")
                .satisfies(e -> assertReason(e, Reason.INVALID));
    }

    @Test
    void writes_go_to_the_leader() {
        cluster.leader = 1;
        await().untilAsserted(() -> {
            client.calls().askForMembers();
            int before = cluster.doors.get(1).commands.get();
            client.kv().put("a", "v");
            assertThat(cluster.doors.get(1).commands.get()).isEqualTo(before + 1);
        });
        cluster.leader = 0;
        await().untilAsserted(() -> {
            client.calls().askForMembers();
            int before = cluster.doors.get(0).commands.get();
            client.kv().put("a", "v");
            assertThat(cluster.doors.get(0).commands.get()).isEqualTo(before + 1);
        });
    }

    @Test
    void when_one_server_goes_away_reads_go_on_at_the_other() {
        client.kv().put("a", "one");
        for (LocalCluster.Door door : cluster.doors) {
            door.stop();
            cluster.leader = 1 - door.number;
            assertThat(client.kv().get("a")).isPresent();
            await().ignoreExceptions().until(() -> client.kv().put("a", "two") > 0);
            restart(door);
        }
    }

    @Test
    void a_call_waits_for_servers_that_are_away_and_come_back() throws Exception {
        client.kv().put("a", "one");
        cluster.doors.forEach(LocalCluster.Door::stop);
        CompletableFuture<?> read = client.kv().getAsync("a", ReadMode.LINEARIZABLE);
        assertThat(read.isDone()).isFalse();
        cluster.doors.forEach(KvClientTest::restart);
        assertThat(read.get(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void when_no_server_comes_back_the_error_names_them_and_says_that_nothing_happened() {
        cluster.doors.forEach(LocalCluster.Door::stop);
        try (CoordClient hasty =
                cluster.client().deadline(Duration.ofMillis(300)).build()) {
            assertThatThrownBy(() -> hasty.kv().put("a", "v"))
                    .hasMessageContaining("Put of key 'a'")
                    .hasMessageContaining(cluster.doors.get(0).address())
                    .hasMessageContaining(cluster.doors.get(1).address())
                    .hasMessageContaining("nothing happened")
                    .satisfies(e -> assertReason(e, Reason.UNAVAILABLE));
        }
    }

    @Test
    void a_write_is_repeated_when_nothing_happened() throws Exception {
        cluster.consensus.setLeading(false);
        CompletableFuture<Long> write = client.kv().putAsync("a", ByteString.copyFromUtf8("v"));
        await().until(() ->
                cluster.doors.stream().mapToInt(door -> door.commands.get()).sum() > 4);
        assertThat(write.isDone()).isFalse();
        cluster.consensus.setLeading(true);
        assertThat(write.get(10, TimeUnit.SECONDS)).isPositive();
    }

    @Test
    void a_write_whose_outcome_is_unknown_is_not_repeated_but_a_read_is() {
        cluster.doors.forEach(door -> door.fault = ConsensusException.Reason.UNKNOWN_OUTCOME);
        assertThatThrownBy(() -> client.kv().put("a", "v"))
                .hasMessageContaining("it may have happened")
                .satisfies(e -> assertReason(e, Reason.UNKNOWN_OUTCOME));
        assertThat(cluster.doors.stream().mapToInt(door -> door.commands.get()).sum())
                .isEqualTo(1);
        assertThat(client.kv().get("a")).isPresent();
    }

    @Test
    void a_closed_client_says_so() {
        client.close();
        assertThatThrownBy(() -> client.kv().get("a")).satisfies(e -> assertReason(e, Reason.CLOSED));
        assertThatThrownBy(() -> client.discovery("web")).satisfies(e -> assertReason(e, Reason.CLOSED));
    }

    @Test
    void the_members_are_known() {
        assertThat(client.members()).extracting(ServerInfo::name).containsExactlyInAnyOrder("node-1", "node-2");
        assertThat(client.members()).filteredOn(ServerInfo::leader).hasSize(1);
    }

    private static void restart(LocalCluster.Door door) {
        try {
            door.start();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
