package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations read and printed as Go does. */
class GoDurationTest {

    @ParameterizedTest
    @CsvSource({
        "10s,10000000000,10s",
        "1m30s,90000000000,1m30s",
        "250ms,250000000,250ms",
        "1.5s,1500000000,1.5s",
        "24h,86400000000000,24h0m0s",
        "0,0,0s",
        "100us,100000,100µs",
        "1h0m0.001s,3600001000000,1h0m0.001s",
        "-5s,-5000000000,-5s",
        "7ns,7,7ns",
        ".5s,500000000,500ms"
    })
    void roundTrip(String text, long nanos, String printed) {
        assertThat(GoDuration.parseNanos(text)).hasValue(nanos);
        assertThat(GoDuration.format(nanos)).isEqualTo(printed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "x", "10 s", "1.2.3s", ".s", "10d", "-", "999999999999h", "1e3s"})
    void isNoDuration(String text) {
        assertThat(GoDuration.parseNanos(text)).isEmpty();
    }
}
