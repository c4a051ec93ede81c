package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.api.raft.v1.ServerInfo;
import dev.coord.wal.LatencyRecorder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a leader gives leadership away, and to whom. */
class SlowDiskTest {

    private static final int THRESHOLD_MILLIS = 100;
    private static final int WINDOW_SECONDS = 5;

    private final LatencyRecorder syncs = new LatencyRecorder();
    private long nowNanos;
    private long underWayNanos;
    private boolean enabled = true;
    private final SlowDisk disk = new SlowDisk(
            new SlowDiskOptions(() -> enabled, THRESHOLD_MILLIS, WINDOW_SECONDS),
            syncs::picture,
            () -> underWayNanos,
            () -> nowNanos);

    @Test
    void aDiskThatSyncsInTimeIsNotSlow() {
        second(50, 80);
        assertThat(disk.health().slow()).isFalse();
        assertThat(disk.health().recentSyncs()).isEqualTo(50);
        assertThat(disk.successor(List.of(healthy("b", 1)))).isEmpty();
    }

    @Test
    void aDiskIsSlowWhenMoreThanOneSyncInAHundredTakesTooLong() {
        second(497, 1);
        second(3, 200);
        assertThat(disk.health().slow()).as("3 of 500").isFalse();
        second(3, 200);
        assertThat(disk.health().slow()).as("6 of 503").isTrue();
        assertThat(disk.health().recentSyncP99Nanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(THRESHOLD_MILLIS));
    }

    @Test
    void oneOrTwoSlowSyncsAreAHiccup() {
        second(2, 1_000);
        assertThat(disk.health().slow()).isFalse();
        second(1, 1_000);
        assertThat(disk.health().slow()).isTrue();
    }

    @Test
    void whatWasSlowBeforeTheWindowIsForgotten() {
        second(10, 500);
        assertThat(disk.health().slow()).isTrue();
        for (int i = 0; i < WINDOW_SECONDS; i++) {
            second(10, 1);
        }
        assertThat(disk.health().slow()).isFalse();
    }

    @Test
    void anAppendThatHangsLongerThanTheWindowIsSlow() {
        underWayNanos = TimeUnit.SECONDS.toNanos(WINDOW_SECONDS);
        second(0, 0);
        assertThat(disk.health().slow()).isFalse();
        underWayNanos++;
        second(0, 0);
        assertThat(disk.health().slow()).isTrue();
        assertThat(disk.successor(List.of(healthy("b", 1)))).isPresent();
    }

    @Test
    void theOneWithTheBestDiskIsTheSuccessor() {
        second(10, 500);
        assertThat(disk.successor(List.of(healthy("b", 20), healthy("c", 2), healthy("d", 30))))
                .hasValueSatisfying(voter -> assertThat(voter.getName()).isEqualTo("c"));
        assertThat(disk.health().handovers()).isEqualTo(1);
    }

    @Test
    void nobodyIsTheSuccessorWhoIsNotKnownToBeClearlyBetter() {
        second(10, 500);
        ServerInfo slow = healthy("b", 1).toBuilder().setSlowDisk(true).build();
        ServerInfo leaving = healthy("c", 1).toBuilder().setLeaving(true).build();
        ServerInfo silent = healthy("d", 0).toBuilder().setRecentSyncs(2).build();
        ServerInfo hardlyBetter = healthy("e", THRESHOLD_MILLIS / 2 + 1);
        assertThat(disk.successor(List.of())).isEmpty();
        assertThat(disk.successor(List.of(slow, leaving, silent, hardlyBetter))).isEmpty();
        assertThat(disk.health().handovers()).isZero();
        assertThat(disk.successor(List.of(healthy("f", THRESHOLD_MILLIS / 2)))).isPresent();
    }

    @Test
    void leadershipDoesNotBounce() {
        second(10, 500);
        assertThat(disk.successor(List.of(healthy("b", 1)))).isPresent();
        for (int i = 1; i < SlowDisk.REST_WINDOWS * WINDOW_SECONDS; i++) {
            second(10, 500);
            assertThat(disk.successor(List.of(healthy("b", 1))))
                    .as("after %d s", i)
                    .isEmpty();
        }
        second(10, 500);
        assertThat(disk.successor(List.of(healthy("b", 1)))).isPresent();
    }

    @Test
    void nothingIsGivenAwayWhileItIsSwitchedOff() {
        enabled = false;
        second(10, 500);
        assertThat(disk.health().slow()).as("judged all the same").isTrue();
        assertThat(disk.successor(List.of(healthy("b", 1)))).isEmpty();
        enabled = true;
        assertThat(disk.successor(List.of(healthy("b", 1)))).isPresent();
    }

    private void second(int count, long millis) {
        for (int i = 0; i < count; i++) {
            syncs.record(TimeUnit.MILLISECONDS.toNanos(millis));
        }
        nowNanos += TimeUnit.SECONDS.toNanos(1);
        disk.tick();
    }

    private static ServerInfo healthy(String name, int p99Millis) {
        return ServerInfo.newBuilder()
                .setName(name)
                .setRecentSyncs(100)
                .setRecentSyncP99Micros(TimeUnit.MILLISECONDS.toMicros(p99Millis))
                .build();
    }
}
