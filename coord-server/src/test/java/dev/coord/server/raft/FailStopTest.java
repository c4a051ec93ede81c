package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.command.ConsensusException.Reason;
import dev.coord.server.log.FaultyStore;
import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What can't be made durable, or not applied, stops the server instead of being waited for or ignored. */
class FailStopTest {

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void aLogThatCannotBeWrittenStopsTheServerAndTheWriteIsNotConfirmed() {
        cluster.keepLogBy(directory -> new FullDisk(LogDirectory.open(directory, "segment", LogOptions.DEFAULT)));
        Member server = cluster.member(1);
        server.alone();
        server.start();
        cluster.awaitLeader();
        server.put("a", "1");

        FullDisk.full = true;
        try {
            CompletableFuture<?> write =
                    server.raft().execute(new Command.KvPut("a", ByteString.copyFromUtf8("2"), 0, null, null, null));

            await().atMost(RaftClusterExtension.PATIENCE)
                    .untilAsserted(() -> assertThat(server.fatal()).contains("no space left"));
            assertThatThrownBy(() -> write.get(RaftClusterExtension.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(ConsensusException.class, e -> assertThat(e.reason())
                            .isEqualTo(Reason.UNKNOWN_OUTCOME));
            assertThat(server.getStale("a")).as("never applied").isEqualTo("1");
            assertThatThrownBy(() -> server.put("a", "3"))
                    .cause()
                    .isInstanceOfSatisfying(ConsensusException.class, e -> assertThat(e.reason())
                            .isEqualTo(Reason.STOPPED));
        } finally {
            FullDisk.full = false;
        }
    }

    @Test
    void aVoteThatCannotBeWrittenStopsTheServerAndIsNotGiven() throws IOException {
        cluster.startAll();
        Member leader = cluster.awaitLeader();
        leader.put("a", "1");
        List<Member> others =
                cluster.members().stream().filter(m -> m != leader).toList();
        // A directory where the vote was: every write of it fails from now on.
        for (Member other : others) {
            Path vote = other.directory().resolve("vote");
            Files.delete(vote);
            Files.createDirectory(vote);
        }

        leader.kill();

        await().atMost(RaftClusterExtension.PATIENCE).untilAsserted(() -> assertThat(others)
                .anySatisfy(member -> assertThat(member.fatal()).contains("the vote could not be made durable")));
        assertThat(others).noneMatch(member -> member.raft().isLeader());
    }

    @Test
    void anEntryThatNoBuildKnowsStopsTheServerByItsIndex() {
        Member server = cluster.member(1);
        server.alone();
        server.start();
        cluster.awaitLeader();
        server.put("a", "1");
        long index = server.raft().lastLogIndex() + 1;
        long term = server.raft().term();
        server.stop();
        Path log = server.directory().resolve("log");
        // Field 1000 of LoggedCommand, and no command: as a newer build might have written it.
        byte[] command = {EntryCodec.COMMAND, (byte) 0xC0, 0x3E, 1};
        try (LogStore store = LogDirectory.open(log, "segment", LogOptions.DEFAULT)) {
            store.append(List.of(new LogEntry(index, term, ByteBuffer.wrap(command))));
        }

        server.start();

        await().atMost(RaftClusterExtension.PATIENCE)
                .untilAsserted(() -> assertThat(server.fatal()).contains("log entry " + index));
    }

    @Test
    void aDamagedVoteFileIsRefusedAtStart() throws IOException {
        Member server = cluster.member(1);
        server.alone();
        server.start();
        cluster.awaitLeader();
        server.stop();
        Path vote = server.directory().resolve("vote");
        byte[] bytes = Files.readAllBytes(vote);
        bytes[8] ^= 1;
        bytes[bytes.length / 2 + 8] ^= 1;
        Files.write(vote, bytes);

        assertThatThrownBy(server::tryStart)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(vote.toString())
                .hasMessageContaining("checksum");
    }

    /** A log whose disk can be full. */
    private static final class FullDisk extends FaultyStore {

        private static volatile boolean full;

        private FullDisk(LogStore store) {
            super(store);
        }

        @Override
        public void append(List<LogEntry> entries) {
            if (full) {
                throw new LogException(LogException.Kind.IO, "no space left on device");
            }
            super.append(entries);
        }
    }
}
