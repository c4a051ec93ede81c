package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.flagd.sync.v1.FlagSyncServiceGrpc;
import dev.coord.api.flagd.sync.v1.SyncFlagsRequest;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.GetFlagsRequest;
import dev.coord.api.v1.PutFlagsRequest;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.command.SecretDigest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may read, write and follow flags over gRPC, with everything denied by default. */
class FlagAclTest {

    private static final String FLAG = "{\"state\":\"ENABLED\",\"variants\":{\"on\":true},\"defaultVariant\":\"on\"}";

    private GrpcFixture coord;
    private String writer;
    private String reader;

    @BeforeEach
    void start() throws IOException {
        coord = new GrpcFixture(AclFixture.access(AclFixture.DENY, "node-1"));
        AclFixture.bootstrap(coord.consensus);
        writer = AclFixture.token(coord.consensus, "flag_prefix \"shop\" { policy = \"write\" }");
        reader = AclFixture.token(coord.consensus, "flag \"shop\" { policy = \"read\" }");
    }

    @AfterEach
    void stop() {
        coord.close();
    }

    private Channel as(String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER), token);
        return ClientInterceptors.intercept(coord.channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private void put(Channel channel, String set) {
        var unused = FlagsGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .put(PutFlagsRequest.newBuilder()
                        .setSet(set)
                        .setFlag("a")
                        .setJson(FLAG)
                        .setAuthor("root")
                        .build());
    }

    private String followed(Channel channel, String set) {
        return FlagSyncServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .syncFlags(SyncFlagsRequest.newBuilder().setSelector(set).build())
                .next()
                .getFlagConfiguration();
    }

    private static void assertDenied(ThrowingCallable call) {
        assertThatThrownBy(call).hasMessageContaining("PERMISSION_DENIED");
    }

    @Test
    void rulesOpenWhatTheyNameAndNothingElse() {
        put(as(writer), "shop");
        put(as(writer), "shop-2");
        assertDenied(() -> put(as(writer), "web"));
        assertDenied(() -> put(as(reader), "shop"));
        assertDenied(() -> put(coord.channel, "shop"));
        assertThat(FlagsGrpc.newBlockingStub(as(reader))
                        .get(GetFlagsRequest.newBuilder().setSet("shop").build())
                        .getDocument()
                        .getJson())
                .contains("\"a\"");
        assertDenied(() -> FlagsGrpc.newBlockingStub(as(reader))
                .get(GetFlagsRequest.newBuilder().setSet("shop-2").build()));
    }

    @Test
    void flagdsClientsFollowWithATokenInTheMetadata() {
        put(as(writer), "shop");
        assertThat(followed(as(reader), "shop")).contains("\"a\"");
        assertDenied(() -> followed(as(reader), "shop-2"));
        assertDenied(() -> followed(coord.channel, "shop"));
    }

    @Test
    void theHistoryNamesTheTokenWhateverTheWriterCallsItself() {
        put(as(writer), "shop");
        String accessor =
                coord.consensus.latest().acl().tokenOf(SecretDigest.of(writer)).accessorId();
        assertThat(coord.consensus.latest().flagSet("shop").newest().author())
                .isEqualTo("root (token " + accessor + ")");
    }
}
