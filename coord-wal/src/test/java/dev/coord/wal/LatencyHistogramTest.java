package dev.coord.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {

    @Test
    void eachDurationFallsIntoTheRangeThatHoldsIt() {
        for (int bits = 0; bits < 63; bits++) {
            for (long nanos : new long[] {(1L << bits) - 1, 1L << bits, (1L << bits) + (1L << bits) / 3}) {
                int range = LatencyHistogram.rangeOf(nanos);
                assertThat(nanos).isLessThan(LatencyHistogram.endNanos(range));
                if (range > 0) {
                    assertThat(nanos).isGreaterThanOrEqualTo(LatencyHistogram.endNanos(range - 1));
                }
            }
        }
        assertThat(LatencyHistogram.endNanos(LatencyHistogram.RANGES - 2)).isEqualTo(1L << 36);
    }

    @Test
    void aPercentileIsAtMostAnEighthAboveTheTrueOne() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        LatencyRecorder recorder = new LatencyRecorder();
        long[] all = new long[10_000];
        for (int i = 0; i < all.length; i++) {
            all[i] = 2_000 + (long) Math.exp(random.nextDouble() * 20);
            recorder.record(all[i]);
        }
        Arrays.sort(all);
        LatencyHistogram histogram = recorder.picture();
        for (double percent : new double[] {0.01, 1, 50, 99, 99.9, 100}) {
            long exact = all[(int) Math.ceil(percent / 100 * all.length) - 1];
            assertThat(histogram.percentileNanos(percent))
                    .as("p%s, seed %dL", percent, seed)
                    .isBetween(exact, exact + exact / 8 + 1);
        }
        assertThat(histogram.count()).isEqualTo(all.length);
        assertThat(histogram.totalNanos()).isEqualTo(Arrays.stream(all).sum());
        assertThat(histogram.maxNanos()).isEqualTo(all[all.length - 1]);
    }

    @Test
    void whatLiesBetweenTwoPicturesIsTheirDifference() {
        LatencyRecorder recorder = new LatencyRecorder();
        recorder.record(5_000_000);
        LatencyHistogram earlier = recorder.picture();
        recorder.record(2_000);
        recorder.record(3_000);
        LatencyHistogram since = recorder.picture().since(earlier);
        assertThat(since.count()).isEqualTo(2);
        assertThat(since.totalNanos()).isEqualTo(5_000);
        assertThat(since.maxNanos()).as("no longer than its range says").isBetween(3_000L, 3_000L + 3_000 / 8);
        assertThat(since.countBelow(2_560)).isEqualTo(1);
        assertThat(since.countBelow(1 << 12)).isEqualTo(2);
    }

    @Test
    void nothingRecordedIsZeroAndWrongPercentagesAreRefused() {
        assertThat(LatencyHistogram.EMPTY.percentileNanos(99)).isZero();
        assertThat(LatencyHistogram.EMPTY.maxNanos()).isZero();
        assertThatThrownBy(() -> LatencyHistogram.EMPTY.percentileNanos(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LatencyHistogram.EMPTY.percentileNanos(101))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
