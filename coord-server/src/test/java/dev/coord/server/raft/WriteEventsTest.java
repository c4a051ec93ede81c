package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.server.jfr.AppendEvent;
import dev.coord.server.jfr.ApplyEvent;
import dev.coord.server.jfr.PublishEvent;
import dev.coord.server.jfr.ReplicateEvent;
import dev.coord.server.jfr.WriteEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording of a cluster shows of a write. All servers are in this process, so all are in the recording. */
class WriteEventsTest {

    private static final int WRITES = 20;

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @TempDir
    Path directory;

    @Test
    void a_recording_shows_each_write_and_the_time_of_each_of_its_stages() throws IOException {
        cluster.startAll();
        RaftClusterExtension.Member leader = cluster.awaitLeader();
        leader.put("before", "not recorded");
        try (Recording recording = new Recording()) {
            recording.enable(WriteEvent.NAME).withoutThreshold();
            List.of(AppendEvent.NAME, ReplicateEvent.NAME, ApplyEvent.NAME, PublishEvent.NAME)
                    .forEach(name -> recording.enable(name).withoutThreshold());
            recording.start();
            for (int i = 0; i < WRITES; i++) {
                leader.put("key-" + i, "value");
            }
            long revision = leader.raft().latest().revision();
            for (int server = 1; server <= 3; server++) {
                RaftClusterExtension.Member member = cluster.member(server);
                await().atMost(RaftClusterExtension.PATIENCE)
                        .until(() -> member.raft().latest().revision() >= revision);
            }
            recording.stop();
            recording.dump(directory.resolve("writes.jfr"));
        }

        Map<String, List<RecordedEvent>> events = RecordingFile.readAllEvents(directory.resolve("writes.jfr")).stream()
                .collect(Collectors.groupingBy(event -> event.getEventType().getName()));
        List<RecordedEvent> writes = events.get(WriteEvent.NAME).stream()
                .filter(event -> event.getString("command").equals("KvPut"))
                .toList();
        assertThat(writes).hasSize(WRITES);
        assertThat(writes).allSatisfy(write -> {
            assertThat(write.getString("priority")).isEqualTo("NORMAL");
            assertThat(write.getLong("bytes")).isPositive();
            assertThat(write.getLong("index")).isPositive();
            long stages = 0;
            for (String stage : List.of("queue", "log", "replicate", "apply", "publish")) {
                assertThat(write.getDuration(stage)).as(stage).isGreaterThanOrEqualTo(Duration.ZERO);
                stages += write.getDuration(stage).toNanos();
            }
            assertThat(stages)
                    .as("the stages are the whole, but for what is between two looks at the clock")
                    .isLessThanOrEqualTo(write.getDuration().toNanos() + 50_000_000);
        });
        assertThat(writes)
                .as("a sync takes time, where the others were not quicker")
                .anySatisfy(write -> assertThat(write.getDuration("log")).isPositive());
        assertThat(events.get(AppendEvent.NAME))
                .hasSizeGreaterThanOrEqualTo(WRITES)
                .allSatisfy(append -> {
                    assertThat(append.getInt("entries")).isPositive();
                    assertThat(append.getDuration("sync")).isBetween(Duration.ZERO, append.getDuration());
                });
        assertThat(events.get(ReplicateEvent.NAME)).isNotEmpty();
        assertThat(events.get(ApplyEvent.NAME).stream()
                        .mapToInt(apply -> apply.getInt("commands"))
                        .sum())
                .as("all three servers apply them")
                .isGreaterThanOrEqualTo(3 * WRITES);
        assertThat(events.get(PublishEvent.NAME).stream()
                        .mapToInt(publish -> publish.getInt("events"))
                        .sum())
                .isGreaterThanOrEqualTo(3 * WRITES);
    }

    @Test
    void nothing_is_made_while_nobody_records() {
        assertThat(WriteEvent.begun("KvPut", "NORMAL", 1)).isNull();
    }
}
