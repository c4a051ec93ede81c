package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** How old an answer a client takes. */
class CacheControlTest {

    @Test
    void withoutAHeaderAnyAgeWillDo() {
        assertThat(CacheControl.of(null)).isEqualTo(new CacheControl(false, CacheControl.ANY_AGE, 0));
        assertThat(CacheControl.of(null).refuses(1_000_000)).isFalse();
        assertThat(CacheControl.of("no-transform, ").refuses(1_000_000)).isFalse();
    }

    @Test
    void agesAreInSecondsAndNamesInAnyCase() {
        CacheControl control = CacheControl.of("Max-Age=30, stale-if-error=259200");
        assertThat(control).isEqualTo(new CacheControl(false, 30, 259_200));
        assertThat(control.refuses(30)).isFalse();
        assertThat(control.refuses(31)).isTrue();
        assertThat(CacheControl.of("max-age=0").refuses(0)).isFalse();
        assertThat(CacheControl.of("must-revalidate").refuses(0)).isTrue();
    }

    @Test
    void whatIsNoAgeIsNamed() {
        assertThatThrownBy(() -> CacheControl.of("max-age=soon"))
                .isInstanceOfSatisfying(
                        HttpError.class, error -> assertThat(error.status()).isEqualTo(400))
                .hasMessageContaining("\"max-age=soon\"");
        assertThatThrownBy(() -> CacheControl.of("stale-if-error=-1")).hasMessageContaining("stale-if-error=-1");
    }
}
