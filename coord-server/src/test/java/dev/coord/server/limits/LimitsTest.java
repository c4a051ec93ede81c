package dev.coord.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.limits.LimitSettings.Mode;
import dev.coord.server.limits.Limits.Room;
import dev.coord.server.limits.Limits.Verdict;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What clients are held to, on a clock that the test moves. */
class LimitsTest {

    private final AtomicLong nanos = new AtomicLong(-5);
    private final AtomicBoolean leading = new AtomicBoolean(true);

    private Limits limits(Mode mode, double readRate, double writeRate) {
        return new Limits(
                new LimitSettings(3, 2, 1, 1, mode, readRate, writeRate, WaitingRoom.Settings.defaults()),
                leading::get,
                nanos::get);
    }

    private static long admitted(int times, Supplier<Verdict> asked) {
        return IntStream.range(0, times)
                .filter(i -> asked.get() == Verdict.ADMITTED)
                .count();
    }

    @Test
    void aSecondsWorthGoesThroughAtOnceAndThenAsMuchAsTheRate() {
        Limits limits = limits(Mode.ENFORCING, 10, -1);

        assertThat(admitted(100, limits::read)).isEqualTo(10);
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(admitted(100, limits::read)).isEqualTo(5);
        nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
        assertThat(admitted(100, limits::read))
                .as("rest is saved up for a second")
                .isEqualTo(10);
        assertThat(limits.readsBeyond()).isEqualTo(90 + 95 + 90);
    }

    @Test
    void aRateBelowOneASecondStillLetsOneThrough() {
        Limits limits = limits(Mode.ENFORCING, 0.5, -1);

        assertThat(admitted(3, limits::read)).isEqualTo(1);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(admitted(3, limits::read)).isZero();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(admitted(3, limits::read)).isEqualTo(1);
    }

    @Test
    void aWriterIsSentElsewhereButByTheLeaderToldToBackOff() {
        Limits limits = limits(Mode.ENFORCING, -1, 1);
        assertThat(limits.write()).isEqualTo(Verdict.ADMITTED);

        assertThat(limits.write()).isEqualTo(Verdict.BACK_OFF);
        leading.set(false);
        assertThat(limits.write()).isEqualTo(Verdict.TRY_ELSEWHERE);
        assertThat(limits.read()).as("reads have a rate of their own").isEqualTo(Verdict.ADMITTED);
    }

    @Test
    void permissiveCountsAndServesDisabledDoesNeither() {
        Limits permissive = limits(Mode.PERMISSIVE, 1, 1);
        assertThat(admitted(5, permissive::read)).isEqualTo(5);
        assertThat(permissive.readsBeyond()).isEqualTo(4);

        Limits disabled = limits(Mode.DISABLED, 1, 1);
        assertThat(admitted(5, disabled::read)).isEqualTo(5);
        assertThat(disabled.readsBeyond()).isZero();
    }

    @Test
    void aChangeCountsAtOnce() {
        Limits limits = limits(Mode.ENFORCING, 1, 1);
        assertThat(admitted(5, limits::read)).isEqualTo(1);

        limits.change(new LimitSettings(3, 2, 1, 1, Mode.ENFORCING, 4, 1, WaitingRoom.Settings.defaults()));

        assertThat(admitted(5, limits::read)).isEqualTo(4);
    }

    @Test
    void connectionsAreCountedForEachClientAndAllTogether() {
        Limits limits = limits(Mode.DISABLED, -1, -1);

        assertThat(limits.opened("a")).isEqualTo(Room.FREE);
        assertThat(limits.opened("a")).isEqualTo(Room.FREE);
        assertThat(limits.opened("a")).isEqualTo(Room.NONE_FOR_CLIENT);
        assertThat(limits.opened("b")).isEqualTo(Room.NONE);
        limits.closed("a");
        limits.closed("b");
        limits.closed("a");

        assertThat(limits.opened("a")).isEqualTo(Room.FREE);
        assertThat(limits.connections()).isEqualTo(2);
        assertThat(limits.connectionsOfClientRefused()).isEqualTo(1);
        assertThat(limits.connectionsRefused()).isEqualTo(1);
    }
}
