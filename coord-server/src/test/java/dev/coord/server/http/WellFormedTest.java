package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

class WellFormedTest {

    @Test
    void halfASurrogatePairBecomesTheReplacementWhereverItIs() {
        JsonBody body = JsonBody.parse(
                Buffer.buffer(
                        "{\"Name\": \"a\\ud800b\", \"Tags\": [\"\\udc00\", \"\\ud83d\\ude00\"], \"Meta\": {\"k\\udfff\": \"v\"}}"));

        assertThat(body.string("Name")).isEqualTo("a\ufffdb");
        assertThat(body.strings("Tags")).containsExactly("\ufffd", "\ud83d\ude00");
        assertThat(body.stringMap("Meta")).containsOnlyKeys("k\ufffd");
    }
}
