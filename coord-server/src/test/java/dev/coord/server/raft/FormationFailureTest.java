package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import dev.coord.wal.LogOptions;
import dev.coord.wal.maintenance.LogDirectory;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that can't even look for its cluster says so and ends. */
class FormationFailureTest {

    private static final ClientInterceptor BROKEN = new ClientInterceptor() {
        @Override
        public <A, R> ClientCall<A, R> interceptCall(MethodDescriptor<A, R> method, CallOptions options, Channel next) {
            throw new IllegalStateException("a library of this program is gone");
        }
    };

    @TempDir
    private Path directory;

    @Test
    void whatFailsInAWayNobodyThoughtOfIsTold() throws Exception {
        AtomicReference<String> fatal = new AtomicReference<>();
        RaftOptions options = RaftOptions.builder(
                        directory, "s1", log -> LogDirectory.open(log, "segment", LogOptions.DEFAULT))
                .bind("127.0.0.1", 0)
                .bootstrap(3, List.of("127.0.0.1:1"))
                .build();
        try (ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));
                RaftConsensus raft = RaftConsensus.open(options, hub, (message, cause) -> fatal.set(message))) {
            raft.callOthersThrough(BROKEN);
            raft.start("", "");
            await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> assertThat(fatal.get())
                    .contains("could not look for its cluster", "a library of this program is gone"));
        }
    }
}
