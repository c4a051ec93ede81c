package dev.coord.server.rescue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandCodec;
import dev.coord.server.rescue.StateComparison.Difference;
import dev.coord.server.rescue.StateComparison.How;
import dev.coord.server.rescue.StateRecord.Part;
import dev.coord.server.state.SnapshotCodec;
import dev.coord.server.state.State;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogException;
import dev.coord.wal.LogOptions;
import dev.coord.wal.LogStore;
import dev.coord.wal.maintenance.LogDirectory;
import dev.coord.wal.maintenance.ProgressListener;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of directories that are whole, that lack something, or that are damaged. */
class RescueTest {

    private static final long TIME_MILLIS = 1_700_000_000_000L;
    private static final LogOptions OPTIONS = new LogOptions(8 << 10, 1 << 20);

    @TempDir
    private Path directory;

    private static Command put(long index) {
        return new Command.KvPut("k" + index % 40, ByteString.copyFromUtf8("value " + index), 0, null, null, null);
    }

    private static State apply(State state, long from, long to) {
        State next = state;
        for (long index = from; index < to; index++) {
            next = next.apply(put(index), TIME_MILLIS + index).state();
        }
        return next;
    }

    private void writeLog(String backend, long from, long to) {
        try (LogStore log = LogDirectory.open(directory.resolve("raft/log"), backend, OPTIONS)) {
            if (from > 1) {
                log.reset(from);
            }
            for (long index = from; index < to; index++) {
                byte[] command = CommandCodec.encode(put(index), TIME_MILLIS + index);
                ByteBuffer bytes = ByteBuffer.allocate(command.length + 1);
                bytes.put((byte) 1).put(command).flip();
                log.append(List.of(new LogEntry(index, 1 + index / 50, bytes)));
            }
        }
    }

    private Path writeSnapshot(State state, long index) throws IOException {
        Path snapshot = Files.createDirectories(directory.resolve("raft/snapshots/snapshot_" + index));
        Path file = snapshot.resolve(RescueSource.STATE_FILE);
        try (OutputStream out = Files.newOutputStream(file)) {
            SnapshotCodec.write(state, out);
        }
        return file;
    }

    private static void damage(Path file, byte[] before, int bytes) throws IOException {
        String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        int at = content.indexOf(new String(before, StandardCharsets.ISO_8859_1));
        assertThat(at)
                .as("%s is in %s", new String(before, StandardCharsets.UTF_8), file)
                .isPositive();
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = at; i < at + bytes; i++) {
                random.seek(i);
                int old = random.read();
                random.seek(i);
                random.write(~old);
            }
        }
    }

    private Rescued read(boolean pastDamage) throws IOException {
        try (RescueSource source = RescueSource.open(directory)) {
            return Rescue.read(source, pastDamage, ProgressListener.NONE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void a_log_alone_gives_the_state_that_the_server_had(String backend) throws IOException {
        writeLog(backend, 1, 121);

        Rescued found = read(false);

        assertThat(found.state()).isEqualTo(apply(State.empty(), 1, 121));
        assertThat(found.whole()).isTrue();
        assertThat(found.lastIndex()).isEqualTo(120);
        assertThat(found.lastTerm()).isEqualTo(3);
        assertThat(Objects.requireNonNull(found.log()).backend()).isEqualTo(backend);
    }

    @ParameterizedTest
    @ValueSource(strings = {"segment", "lmdb", "mapdb"})
    void a_snapshot_and_the_log_after_it_give_the_same_state(String backend) throws IOException {
        writeSnapshot(apply(State.empty(), 1, 81), 80);
        writeLog(backend, 61, 121);

        Rescued found = read(false);

        assertThat(found.state()).isEqualTo(apply(State.empty(), 1, 121));
        assertThat(found.whole()).isTrue();
        assertThat(found.applied()).isEqualTo(40);
    }

    @Test
    void a_snapshot_alone_is_not_whole_and_says_that_the_log_is_missing() throws IOException {
        writeSnapshot(apply(State.empty(), 1, 81), 80);

        Rescued found = read(false);

        assertThat(found.state()).isEqualTo(apply(State.empty(), 1, 81));
        assertThat(found.whole()).isFalse();
        assertThat(found.notes()).anySatisfy(note -> assertThat(note).contains("no log"));
    }

    @Test
    void a_log_that_begins_in_the_middle_gives_what_it_has_and_says_what_is_missing() throws IOException {
        writeLog("segment", 61, 121);

        Rescued found = read(false);

        assertThat(found.state().kvCount()).isEqualTo(40);
        assertThat(found.whole()).isFalse();
        assertThat(found.notes()).anySatisfy(note -> assertThat(note).contains("1 to 60"));
    }

    @Test
    void a_hole_in_the_log_ends_the_state_before_it_unless_asked_to_go_on() throws IOException {
        writeLog("segment", 1, 121);
        try (var files = Files.list(directory.resolve("raft/log"))) {
            for (Path file : files.toList()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                if (content.contains("value 70")) {
                    damage(file, "value 70".getBytes(StandardCharsets.UTF_8), 2);
                }
            }
        }

        Rescued before = read(false);
        Rescued after = read(true);

        assertThat(before.state()).isEqualTo(apply(State.empty(), 1, 70));
        assertThat(before.whole()).isFalse();
        assertThat(before.lastIndex()).isEqualTo(69);
        assertThat(before.leftOut()).isEqualTo(50);
        assertThat(after.lastIndex()).isEqualTo(120);
        assertThat(after.whole()).isFalse();
        assertThat(Objects.requireNonNull(after.state().kv("k0")).value().toStringUtf8())
                .isEqualTo("value 120");
    }

    @Test
    void an_older_good_snapshot_is_used_where_the_newest_is_damaged() throws IOException {
        writeSnapshot(apply(State.empty(), 1, 41), 40);
        damage(writeSnapshot(apply(State.empty(), 1, 81), 80), "value 80".getBytes(StandardCharsets.UTF_8), 1);
        writeLog("segment", 30, 121);

        Rescued found = read(false);

        assertThat(found.snapshotIndex()).isEqualTo(40);
        assertThat(found.state()).isEqualTo(apply(State.empty(), 1, 121));
        assertThat(found.notes()).anySatisfy(note -> assertThat(note).contains("snapshot_80", "is not used"));
    }

    @Test
    void a_cut_snapshot_gives_the_keys_before_the_cut() throws IOException {
        Path file = writeSnapshot(apply(State.empty(), 1, 81), 80);
        try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
            random.setLength(random.length() * 2 / 3);
        }

        Rescued found = read(false);

        assertThat(found.state().kvCount()).isBetween(10, 39);
        assertThat(found.whole()).isFalse();
        assertThat(found.notes()).anySatisfy(note -> assertThat(note).contains("salvaged"));
    }

    @Test
    void a_directory_in_use_is_refused_and_its_copy_is_read() throws IOException {
        Path log = directory.resolve("raft/log");
        try (LogStore live = LogDirectory.open(log, "segment", OPTIONS)) {
            live.append(List.of(new LogEntry(1, 1, ByteBuffer.wrap(new byte[] {3}))));
            assertThatThrownBy(() -> read(false)).isInstanceOfSatisfying(LogException.class, e -> assertThat(e.kind())
                    .isEqualTo(LogException.Kind.LOCKED));

            Path scratch = Files.createDirectory(directory.resolve("scratch"));
            try (LiveCopy copy = LiveCopy.of(directory.resolve("raft"), scratch);
                    RescueSource source = RescueSource.open(copy.directory())) {
                Rescued found = Rescue.read(source, false, ProgressListener.NONE);
                assertThat(found.lastIndex()).isEqualTo(1);
            }
            try (var left = Files.list(scratch)) {
                assertThat(left).as("the copy is gone").isEmpty();
            }
        }
    }

    @Test
    void a_comparison_names_what_is_missing_and_what_differs() {
        State first = apply(State.empty(), 1, 41);
        State second = first.apply(put(5), TIME_MILLIS + 100)
                .state()
                .apply(new Command.KvDelete("k7", null), TIME_MILLIS + 101)
                .state()
                .apply(new Command.KvPut("new", ByteString.copyFromUtf8("x"), 0, null, null, null), TIME_MILLIS + 102)
                .state()
                .apply(
                        new Command.KvPut("k9", ByteString.copyFromUtf8("other"), 0, null, null, null),
                        TIME_MILLIS + 103)
                .state();

        assertThat(StateComparison.of(first, first, Part.ALL, true).differences())
                .isEmpty();
        assertThat(StateComparison.of(first, second, Part.KV, false).differences())
                .as("k5 was written again with the same value")
                .containsExactlyInAnyOrder(
                        new Difference(How.ONLY_FIRST, "kv", "k7"),
                        new Difference(How.ONLY_SECOND, "kv", "new"),
                        new Difference(How.DIFFERENT, "kv", "k9"));
    }
}
