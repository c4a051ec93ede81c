package dev.coord.server.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.command.CatalogEntries.AgentCheck;
import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that are run and gRPC servers that are asked. */
class ProbesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final Probes probes = new Probes(vertx, true);

    @AfterEach
    void close() throws Exception {
        probes.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static CheckDefinition check(String grpc, List<String> args, long timeoutMillis) {
        return new CheckDefinition(
                0,
                "",
                "",
                grpc,
                "",
                Map.of(),
                "",
                false,
                1_000,
                timeoutMillis,
                0,
                new AgentCheck(args, "", "", false, 0, 0, 0));
    }

    private Probe.Outcome shell(String script, long timeoutMillis) {
        return probes.run(check("", List.of("/bin/sh", "-c", script), timeoutMillis))
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Test
    void theStatusOfACommandIsItsExit() {
        assertThat(shell("echo fine", 20_000)).isEqualTo(new Probe.Outcome(CheckStatus.PASSING, "fine\n"));
        assertThat(shell("echo hm >&2; exit 1", 20_000)).isEqualTo(new Probe.Outcome(CheckStatus.WARNING, "hm\n"));
        assertThat(shell("exit 2", 20_000).status()).isEqualTo(CheckStatus.CRITICAL);
    }

    @Test
    void theEndOfALongOutputIsKept() {
        Probe.Outcome outcome = shell("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done", 20_000);

        assertThat(outcome.output()).startsWith("Captured 4096 of ").contains("line 1900");
        assertThat(outcome.output().getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(4096);
    }

    @Test
    void atTheTimeoutTheCommandAndWhatItStartedAreKilled(@TempDir Path directory) throws IOException {
        Path pid = directory.resolve("pid");

        Probe.Outcome outcome = shell("sleep 600 & echo $! > " + pid + "; wait", 2_000);

        assertThat(outcome.status()).isEqualTo(CheckStatus.CRITICAL);
        assertThat(outcome.output()).contains("Timed out");
        long grandchild = Long.parseLong(Files.readString(pid).strip());
        await().atMost(PATIENCE).until(() -> ProcessHandle.of(grandchild)
                .map(process -> !process.isAlive())
                .orElse(true));
    }

    @Test
    void aCommandThatIsNotThereIsCriticalAndNamed() {
        Probe.Outcome outcome =
                probes.run(check("", List.of("/no/such/command"), 1_000)).join();

        assertThat(outcome.status()).isEqualTo(CheckStatus.CRITICAL);
        assertThat(outcome.output()).contains("/no/such/command");
    }

    @Test
    void whereCommandsAreNotAllowedNoneIsRun(@TempDir Path directory) {
        Path touched = directory.resolve("touched");
        try (Probes strict = new Probes(vertx, false)) {
            Probe.Outcome outcome = strict.run(check("", List.of("touch", touched.toString()), 1_000))
                    .join();

            assertThat(outcome.status()).isEqualTo(CheckStatus.CRITICAL);
            assertThat(outcome.output()).contains("enable_script_checks");
            assertThat(touched).doesNotExist();
        }
    }

    @Test
    void aGrpcServerIsAskedForItsHealthAndThatOfAService() throws IOException {
        HealthStatusManager health = new HealthStatusManager();
        health.setStatus("sick", ServingStatus.NOT_SERVING);
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(health.getHealthService())
                .build()
                .start();
        String address = "127.0.0.1:" + server.getPort();
        try {
            assertThat(grpc(address))
                    .isEqualTo(new Probe.Outcome(CheckStatus.PASSING, "gRPC check " + address + ": success"));
            assertThat(grpc(address + "/sick").status()).isEqualTo(CheckStatus.CRITICAL);
            assertThat(grpc(address + "/unheard-of").status()).isEqualTo(CheckStatus.CRITICAL);
        } finally {
            server.shutdownNow();
        }
        assertThat(grpc(address).status()).isEqualTo(CheckStatus.CRITICAL);
    }

    private Probe.Outcome grpc(String target) {
        return probes.run(check(target, List.of(), 10_000))
                .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
