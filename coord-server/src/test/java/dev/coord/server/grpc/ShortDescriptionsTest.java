package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.PutRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;

/** A long description is cut, so that the client gets to read it. */
class ShortDescriptionsTest {

    @Test
    void aClientReadsTheErrorThatRepeatsWhatItSent() throws Exception {
        try (GrpcFixture server = new GrpcFixture()) {
            PutRequest put = PutRequest.newBuilder()
                    .setKey("a")
                    .setAcquire("x".repeat(20_000))
                    .build();
            assertThatThrownBy(() -> KVGrpc.newBlockingStub(server.channel).put(put))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                        assertThat(refused.getStatus().getCode()).isNotEqualTo(Status.Code.INTERNAL);
                        assertThat(refused.getStatus().getDescription()).endsWith("x... (cut)");
                    });
        }
    }

    @Test
    void whatFitsIsLeftAloneAndTheRestIsCutAtAWholeCharacter() {
        assertThat(ShortDescriptions.shortened(null)).isNull();
        assertThat(ShortDescriptions.shortened("ü".repeat(600))).isEqualTo("ü".repeat(600));
        String plain = ShortDescriptions.shortened("x".repeat(9_000));
        assertThat(plain)
                .hasSize(ShortDescriptions.ENCODED_BYTES_MAX)
                .startsWith("xxx")
                .endsWith("x... (cut)");
        String smileys = ShortDescriptions.shortened("\uD83D\uDE00".repeat(1_000));
        assertThat(smileys).endsWith("\uD83D\uDE00... (cut)");
        assertThat(smileys.length()).isLessThan(ShortDescriptions.ENCODED_BYTES_MAX / 4);
    }
}
