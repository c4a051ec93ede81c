package dev.coord.bench.load;

import org.HdrHistogram.Histogram;

/**
 * What one load did.
 *
 * @param operations answered as they should be
 * @param errors answered otherwise, or connections lost
 * @param seconds measured
 * @param micros latency in microseconds, corrected for coordinated omission
 * @param cpuMicrosPerOperation the server's CPU time, user and system; 0 when it was not known
 * @param residentBytes the server's memory at the end; 0 when it was not known
 */
record Measurement(
        long operations,
        long errors,
        double seconds,
        Histogram micros,
        double cpuMicrosPerOperation,
        long residentBytes) {

    double perSecond() {
        return operations / seconds;
    }

    long p(double percentile) {
        return micros.getValueAtPercentile(percentile);
    }

    Measurement withCost(double cpuMicros, long resident) {
        return new Measurement(operations, errors, seconds, micros, cpuMicros, resident);
    }
}
