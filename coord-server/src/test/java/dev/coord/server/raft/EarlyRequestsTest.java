package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandResult;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.state.State;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.ShardedHub;
import dev.coord.wal.LogOptions;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that come while the server opens its log: its ports answer by then. */
class EarlyRequestsTest {

    @TempDir
    private Path directory;

    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(1));

    @AfterEach
    void close() {
        hub.close();
    }

    private RaftConsensus open() throws IOException {
        RaftOptions options = RaftOptions.builder(
                        directory, "s1", log -> LogDirectory.open(log, "segment", LogOptions.DEFAULT))
                .bind("127.0.0.1", 0)
                .bootstrap(1, List.of())
                .build();
        return RaftConsensus.open(options, hub, (message, cause) -> {});
    }

    private static Command put() {
        return new Command.KvPut("a", ByteString.copyFromUtf8("1"), 0, null, null, null);
    }

    @Test
    void they_wait_for_the_start_as_for_a_leader() throws Exception {
        try (RaftConsensus raft = open()) {
            CompletableFuture<CommandResult> written = raft.execute(put());
            CompletableFuture<State> read = raft.linearizable();
            assertThat(written).isNotDone();
            assertThat(read).isNotDone();

            raft.start("", "");

            long seconds = RaftClusterExtension.PATIENCE.toSeconds();
            assertThat(written.get(seconds, TimeUnit.SECONDS).ok()).isTrue();
            assertThat(read.get(seconds, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void they_are_told_when_it_stops_instead() throws Exception {
        CompletableFuture<CommandResult> written;
        try (RaftConsensus raft = open()) {
            written = raft.execute(put());
        }
        assertThat(catchThrowable(written::join))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(ConsensusException.class, refused -> assertThat(refused.reason())
                        .isEqualTo(ConsensusException.Reason.STOPPED));
    }
}
