package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Archives of everything, there and back. */
class SnapshotEndpointTest {

    @RegisterExtension
    final ApiServer api = new ApiServer();

    private byte[] save() throws Exception {
        HttpResponse<byte[]> saved =
                api.client().send(api.request("/v1/snapshot").GET().build(), BodyHandlers.ofByteArray());
        assertThat(saved.statusCode()).isEqualTo(200);
        assertThat(saved.headers().firstValue("Content-Type")).contains("application/x-gzip");
        return saved.body();
    }

    private HttpResponse<String> restore(byte[] archive) {
        return api.sendAsync("PUT", "/v1/snapshot", BodyPublishers.ofByteArray(archive))
                .join();
    }

    @Test
    void everythingIsAsItWasAndWhoeverWaitsReturns() throws Exception {
        api.put("/v1/kv/kept", "before");
        api.put("/v1/kv/gone", "before");
        byte[] archive = save();
        api.put("/v1/kv/kept", "after");
        api.delete("/v1/kv/gone");
        api.put("/v1/kv/new", "after");
        HttpResponse<String> known = api.get("/v1/kv/other?keys");
        var waiting =
                api.getAsync("/v1/kv/unconcerned?wait=20s&index=" + ApiServer.index(api.get("/v1/kv/unconcerned")));
        long revision = api.consensus().latest().revision();

        assertThat(known.statusCode()).isEqualTo(404);
        assertThat(restore(archive).statusCode()).isEqualTo(200);
        assertThat(api.get("/v1/kv/kept?raw").body()).isEqualTo("before");
        assertThat(api.get("/v1/kv/gone?raw").body()).isEqualTo("before");
        assertThat(api.get("/v1/kv/new").statusCode()).isEqualTo(404);
        assertThat(api.consensus().latest().revision()).isGreaterThan(revision);
        assertThat(waiting.join().statusCode()).isEqualTo(404);
    }

    @Test
    void aStateOfSeveralPiecesComesBackWhole() throws Exception {
        byte[] value = new byte[500_000];
        new Random(7).nextBytes(value);
        for (int i = 0; i < 7; i++) {
            api.put("/v1/kv/big/" + i, value);
        }
        byte[] archive = save();
        api.delete("/v1/kv/?recurse");
        assertThat(restore(archive).statusCode()).isEqualTo(200);
        assertThat(api.consensus().latest().kvCount()).isEqualTo(7);
    }

    @Test
    void whatIsNoArchiveOrADamagedOneChangesNothing() throws Exception {
        api.put("/v1/kv/a", "1");
        byte[] archive = save();
        long revision = api.consensus().latest().revision();
        byte[] damaged = archive.clone();
        damaged[damaged.length / 2] ^= 0x10;

        for (byte[] bad : new byte[][] {"junk".getBytes(StandardCharsets.UTF_8), damaged, new byte[0]}) {
            HttpResponse<String> response = restore(bad);
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).isNotEmpty().doesNotContain("internal error");
        }
        assertThat(restore(Arrays.copyOf(archive, archive.length / 2)).body())
                .contains("failed to decompress snapshot: unexpected EOF");
        assertThat(api.consensus().latest().revision()).isEqualTo(revision);
    }
}
