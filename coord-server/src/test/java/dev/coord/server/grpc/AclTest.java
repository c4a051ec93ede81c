package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.coord.api.v1.AllNodes;
import dev.coord.api.v1.AllServices;
import dev.coord.api.v1.Beat;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.CheckStatus;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.CreateSessionRequest;
import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.DestroySessionRequest;
import dev.coord.api.v1.GetRequest;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.HeartbeatRequest;
import dev.coord.api.v1.InstancesRequest;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.ListNodesRequest;
import dev.coord.api.v1.ListRequest;
import dev.coord.api.v1.ListServicesRequest;
import dev.coord.api.v1.ListSessionsRequest;
import dev.coord.api.v1.LogGrpc;
import dev.coord.api.v1.MembersRequest;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.PipelineRequest;
import dev.coord.api.v1.PipelineResponse;
import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.PutRequest;
import dev.coord.api.v1.RegisterRequest;
import dev.coord.api.v1.RenewSessionRequest;
import dev.coord.api.v1.Service;
import dev.coord.api.v1.Session;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.server.acl.AclFixture;
import dev.coord.server.acl.TokenAccess;
import dev.coord.server.command.AclChange;
import dev.coord.server.command.AclEntries.PolicyEntry;
import dev.coord.server.command.AclEntries.TokenEntry;
import dev.coord.server.command.CatalogEntries.CheckEntry;
import dev.coord.server.command.CatalogEntries.NodeEntry;
import dev.coord.server.command.CatalogEntries.ServiceEntry;
import dev.coord.server.command.Command;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.command.SessionEntry;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may do what over gRPC, with everything denied by default. Whatever is secret here has {@code xyz} in it. */
class AclTest {

    private static final String SESSION = "8f1f1f3e-0000-4000-8000-0000000000aa";

    private final AtomicLong wallMillis = new AtomicLong(System.currentTimeMillis());
    private GrpcFixture grpc;

    @BeforeEach
    void start() throws IOException {
        grpc = new GrpcFixture(
                new TokenAccess(AclFixture.DENY, AclFixture.own(AclFixture.DENY), "dc1", "node-1", wallMillis::get));
        AclFixture.bootstrap(grpc.consensus);
        apply(new Command.Register(
                new NodeEntry("", "xyz-node", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0),
                new ServiceEntry(
                        "xyz-node", "xyz", "xyz-service", List.of(), "", 80, Map.of(), Map.of(), 1, 1, false, "", 0, 0),
                List.of(new CheckEntry(
                        "xyz-node",
                        "c",
                        "c",
                        dev.coord.server.command.CheckStatus.PASSING,
                        "",
                        "",
                        "xyz",
                        "xyz-service",
                        List.of(),
                        "",
                        null,
                        0,
                        0)),
                false));
        apply(new Command.CreateSession(new SessionEntry(
                SESSION, "xyz", "xyz-node", SessionEntry.Behavior.RELEASE, 0, 0, List.of(), List.of(), 0, 0)));
        put("xyz/key", "v");
    }

    @AfterEach
    void stop() {
        grpc.close();
    }

    private void apply(Command command) {
        assertThat(grpc.consensus.apply(command).ok()).isTrue();
    }

    private void put(String key, String value) {
        apply(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, null, null));
    }

    private String token(String rules) {
        return AclFixture.token(grpc.consensus, rules);
    }

    private Channel as(String header, String value) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
        return ClientInterceptors.intercept(grpc.channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private Channel as(String token) {
        return as("x-consul-token", token);
    }

    private static void denied(Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            assertThat(refused.getStatus().getDescription()).isEqualTo("Permission denied");
        });
    }

    /** Denied without a token, done with one that has this rule and no other. */
    private void needs(String rules, Consumer<Channel> call) {
        denied(() -> call.accept(grpc.channel));
        call.accept(as(token(rules)));
    }

    // ---- single calls

    @Test
    void aTokenComesAsMetadataOrAsABearer() {
        String token = token("key \"xyz/key\" { policy = \"read\" }");
        GetRequest get = GetRequest.newBuilder().setKey("xyz/key").build();

        assertThat(KVGrpc.newBlockingStub(as(token)).get(get).hasKv()).isTrue();
        assertThat(KVGrpc.newBlockingStub(as("authorization", "Bearer " + token))
                        .get(get)
                        .hasKv())
                .isTrue();
        assertThatThrownBy(() -> KVGrpc.newBlockingStub(as("nobody")).get(get))
                .hasMessage("UNAUTHENTICATED: ACL not found");
    }

    @Test
    void keysNeedTheirRule() {
        needs("key \"xyz/key\" { policy = \"read\" }", channel -> KVGrpc.newBlockingStub(channel)
                .get(GetRequest.newBuilder().setKey("xyz/key").build()));
        needs("key \"xyz/key\" { policy = \"write\" }", channel -> KVGrpc.newBlockingStub(channel)
                .put(PutRequest.newBuilder().setKey("xyz/key").build()));
        needs("key \"xyz/key\" { policy = \"write\" }", channel -> KVGrpc.newBlockingStub(channel)
                .delete(DeleteRequest.newBuilder().setKey("xyz/key").build()));
        needs("key_prefix \"xyz/\" { policy = \"write\" }", channel -> KVGrpc.newBlockingStub(channel)
                .delete(DeleteRequest.newBuilder()
                        .setKey("xyz/")
                        .setRecurse(true)
                        .build()));
    }

    @Test
    void theCatalogNeedsItsRules() {
        needs("node \"n\" { policy = \"write\" }", channel -> CatalogGrpc.newBlockingStub(channel)
                .register(RegisterRequest.newBuilder()
                        .setNode(Node.newBuilder().setName("n").setAddress("1.2.3.4"))
                        .build()));
        needs("service \"s\" { policy = \"write\" }", channel -> CatalogGrpc.newBlockingStub(channel)
                .register(RegisterRequest.newBuilder()
                        .setNode(Node.newBuilder().setName("xyz-node"))
                        .setSkipNodeUpdate(true)
                        .setService(Service.newBuilder().setId("s").setName("s"))
                        .build()));
        needs("service \"xyz-service\" { policy = \"write\" }", channel -> HealthGrpc.newBlockingStub(channel)
                .heartbeat(HeartbeatRequest.newBuilder()
                        .addBeats(Beat.newBuilder()
                                .setNode("xyz-node")
                                .setCheckId("c")
                                .setStatus(CheckStatus.CHECK_STATUS_PASSING))
                        .build()));
        needs("service \"xyz-service\" { policy = \"write\" }", channel -> CatalogGrpc.newBlockingStub(channel)
                .deregister(DeregisterRequest.newBuilder()
                        .setNode("xyz-node")
                        .setServiceId("xyz")
                        .build()));
    }

    @Test
    void sessionsNeedTheirNodesRule() {
        String rules = "session \"xyz-node\" { policy = \"write\" }";
        needs(rules, channel -> SessionsGrpc.newBlockingStub(channel)
                .create(CreateSessionRequest.newBuilder()
                        .setSession(Session.newBuilder().setNode("xyz-node"))
                        .build()));
        needs(rules, channel -> SessionsGrpc.newBlockingStub(channel)
                .renew(RenewSessionRequest.newBuilder().setId(SESSION).build()));
        needs(rules, channel -> SessionsGrpc.newBlockingStub(channel)
                .destroy(DestroySessionRequest.newBuilder().setId(SESSION).build()));
    }

    @Test
    void listsShowWhatTheTokenMaySee() {
        put("open", "v");
        String token = token("""
                key "open" { policy = "read" }
                node "xyz-node" { policy = "read" }
                service "xyz-service" { policy = "read" }
                session "xyz-node" { policy = "read" }
                """);
        for (Channel channel : List.of(grpc.channel, as(token))) {
            boolean sees = channel != grpc.channel;
            assertThat(KVGrpc.newBlockingStub(channel)
                            .list(ListRequest.getDefaultInstance())
                            .getKvsList())
                    .extracting(KeyValue::getKey)
                    .isEqualTo(sees ? List.of("open") : List.of());
            assertThat(CatalogGrpc.newBlockingStub(channel)
                            .listNodes(ListNodesRequest.getDefaultInstance())
                            .getNodesCount())
                    .isEqualTo(sees ? 1 : 0);
            assertThat(CatalogGrpc.newBlockingStub(channel)
                            .listServices(ListServicesRequest.getDefaultInstance())
                            .getServicesCount())
                    .isEqualTo(sees ? 1 : 0);
            assertThat(HealthGrpc.newBlockingStub(channel)
                            .instances(InstancesRequest.newBuilder()
                                    .setService("xyz-service")
                                    .build())
                            .getInstancesCount())
                    .isEqualTo(sees ? 1 : 0);
            assertThat(SessionsGrpc.newBlockingStub(channel)
                            .list(ListSessionsRequest.getDefaultInstance())
                            .getSessionsCount())
                    .isEqualTo(sees ? 1 : 0);
        }
    }

    @Test
    void theServersAreToldToEverybody() {
        assertThat(ClusterGrpc.newBlockingStub(grpc.channel)
                        .members(MembersRequest.getDefaultInstance())
                        .getMembersCount())
                .isEqualTo(1);
    }

    /** Also the methods that are added later, in these services, give nothing away. */
    @Test
    void whoMayNothingSeesNothingWhateverTheMethod() {
        for (ServiceDescriptor service : List.of(
                KVGrpc.getServiceDescriptor(),
                CatalogGrpc.getServiceDescriptor(),
                HealthGrpc.getServiceDescriptor(),
                SessionsGrpc.getServiceDescriptor(),
                WatchGrpc.getServiceDescriptor(),
                LogGrpc.getServiceDescriptor(),
                ClusterGrpc.getServiceDescriptor())) {
            for (MethodDescriptor<?, ?> method : service.getMethods()) {
                if (method.getType() == MethodDescriptor.MethodType.UNARY) {
                    assertThat(answered(method)).as(method.getFullMethodName()).doesNotContain("xyz");
                }
            }
        }
    }

    private <Q, A> String answered(MethodDescriptor<Q, A> method) {
        Q empty = method.parseRequest(new ByteArrayInputStream(new byte[0]));
        try {
            A answer = ClientCalls.blockingUnaryCall(
                    grpc.channel, method, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), empty);
            return ((Message) Objects.requireNonNull(answer)).toString();
        } catch (StatusRuntimeException refused) {
            return refused.toString();
        }
    }

    @Test
    void aPipelineAsksForEachRequest() throws Exception {
        String token = token("key \"open\" { policy = \"write\" }");
        CompletableFuture<List<PipelineResponse>> done = new CompletableFuture<>();
        List<PipelineResponse> answers = new CopyOnWriteArrayList<>();
        StreamObserver<PipelineRequest> requests = KVGrpc.newStub(as(token)).pipeline(new StreamObserver<>() {
            @Override
            public void onNext(PipelineResponse response) {
                answers.add(response);
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                done.complete(answers);
            }
        });
        requests.onNext(PipelineRequest.newBuilder()
                .setId(1)
                .setPut(PutRequest.newBuilder().setKey("open"))
                .build());
        requests.onNext(PipelineRequest.newBuilder()
                .setId(2)
                .setPut(PutRequest.newBuilder().setKey("xyz/key"))
                .build());
        requests.onNext(PipelineRequest.newBuilder()
                .setId(3)
                .setGet(GetRequest.newBuilder().setKey("xyz/key"))
                .build());
        requests.onCompleted();

        Map<Long, PipelineResponse> byId = new HashMap<>();
        done.get(20, TimeUnit.SECONDS).forEach(answer -> byId.put(answer.getId(), answer));
        assertThat(byId.get(1L).getPut().getApplied()).isTrue();
        assertThat(byId.get(2L).getError().getMessage()).isEqualTo("Permission denied");
        assertThat(byId.get(3L).getError().getMessage()).isEqualTo("Permission denied");
    }

    // ---- watches

    private static Subject key(String key) {
        return Subject.newBuilder().setKey(key).build();
    }

    private static Subject prefix(String prefix) {
        return Subject.newBuilder().setKeyPrefix(prefix).build();
    }

    @Test
    void aWatchOfWhatMayNotBeSeenIsRefused() throws Exception {
        for (Subject subject : List.of(
                key("xyz/key"),
                prefix("xyz/"),
                Subject.newBuilder().setService("xyz-service").build(),
                Subject.newBuilder().setNode("xyz-node").build())) {
            Status end = WatchProbe.open(grpc.channel, subject, 0).ended();
            assertThat(end.getCode()).as(subject.toString()).isEqualTo(Status.Code.PERMISSION_DENIED);
            denied(() -> WatchGrpc.newBlockingStub(grpc.channel)
                    .poll(PollRequest.newBuilder().setSubject(subject).build()));
        }
        WatchProbe nodes = WatchProbe.open(
                grpc.channel,
                Subject.newBuilder().setAllNodes(AllNodes.getDefaultInstance()).build(),
                0);
        assertThat(nodes.nextNews().getSnapshot().getItems().getNodesCount()).isZero();
        WatchProbe services = WatchProbe.open(
                grpc.channel,
                Subject.newBuilder()
                        .setAllServices(AllServices.getDefaultInstance())
                        .build(),
                0);
        assertThat(services.nextNews().getSnapshot().getItems().getServicesCount())
                .isZero();
    }

    @Test
    void aWatchOfAPrefixTellsTheKeysThatMayBeSeen() {
        put("a/open", "1");
        put("a/xyz", "1");
        WatchProbe watch = WatchProbe.open(as(token("key \"a/open\" { policy = \"read\" }")), prefix("a/"), 0);
        assertThat(watch.nextNews().getSnapshot().getItems().getKvsList())
                .extracting(KeyValue::getKey)
                .containsExactly("a/open");

        put("a/xyz", "2");
        put("a/open", "2");

        assertThat(watch.nextNews().getChanges().getChanges(0).getKv().getKey()).isEqualTo("a/open");
    }

    @Test
    void aWatchEndsWhenItsTokenIsDeleted() throws Exception {
        String token = token("key \"xyz/key\" { policy = \"read\" }");
        WatchProbe watch = WatchProbe.open(as(token), key("xyz/key"), 0);
        assertThat(watch.nextNews().hasSnapshot()).isTrue();

        TokenEntry found = Objects.requireNonNull(grpc.consensus.latest().acl().tokenOf(SecretDigest.of(token)));
        AclFixture.apply(grpc.consensus, new AclChange.DeleteToken(found.accessorId()));

        Status end = watch.ended();
        assertThat(end.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(end.getDescription()).isEqualTo("ACL not found");
    }

    @Test
    void aWatchEndsWhenItsTokenExpires() throws Exception {
        PolicyEntry policy = AclFixture.policy(grpc.consensus, "key \"xyz/key\" { policy = \"read\" }");
        TokenEntry token = new TokenEntry(
                UUID.randomUUID().toString(),
                UUID.randomUUID().toString(),
                "",
                List.of(policy.id()),
                List.of(),
                List.of(),
                List.of(),
                false,
                wallMillis.get() + 3_600_000,
                1,
                "",
                "",
                0,
                0);
        AclFixture.apply(grpc.consensus, new AclChange.PutToken(token, true));
        WatchProbe watch = WatchProbe.open(as(token.secretId()), key("xyz/key"), 0);
        assertThat(watch.nextNews().hasSnapshot()).isTrue();

        wallMillis.addAndGet(3_600_000);

        assertThat(watch.ended().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    }

    @Test
    void aWatchEndsWhenItsPolicyTakesThePermissionAwayAndBeginsAnewWhenItShowsSomethingElse() throws Exception {
        put("a/one", "1");
        put("a/two", "1");
        PolicyEntry policy = AclFixture.policy(grpc.consensus, "key \"a/one\" { policy = \"read\" }");
        TokenEntry token =
                TokenEntry.of(UUID.randomUUID().toString(), UUID.randomUUID().toString(), "", List.of(policy.id()), 1);
        AclFixture.apply(grpc.consensus, new AclChange.PutToken(token, true));
        WatchProbe watch = WatchProbe.open(as(token.secretId()), prefix("a/"), 0);
        assertThat(watch.nextNews().getSnapshot().getItems().getKvsList())
                .extracting(KeyValue::getKey)
                .containsExactly("a/one");

        change(policy, "key \"a/two\" { policy = \"read\" }");
        WatchFrame reset = watch.nextNews();
        assertThat(reset.getReset().getReason()).isEqualTo("What the token may see has changed");
        assertThat(watch.nextNews().getSnapshot().getItems().getKvsList())
                .extracting(KeyValue::getKey)
                .containsExactly("a/two");

        change(policy, "key \"a/two\" { policy = \"deny\" }");
        Status end = watch.ended();
        assertThat(end.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(end.getDescription()).isEqualTo("Permission denied");
    }

    @Test
    void aChangeThatIsNoConcernOfTheTokenLeavesItsWatchAlone() {
        String token = token("key \"xyz/key\" { policy = \"read\" }");
        WatchProbe watch = WatchProbe.open(as(token), key("xyz/key"), 0);
        assertThat(watch.nextNews().hasSnapshot()).isTrue();

        token("operator = \"read\"");
        put("xyz/key", "2");

        assertThat(watch.nextNews().getChanges().getChanges(0).getKv().getValue())
                .isEqualTo(ByteString.copyFromUtf8("2"));
    }

    private void change(PolicyEntry policy, String rules) {
        AclFixture.apply(
                grpc.consensus,
                new AclChange.PutPolicy(
                        new PolicyEntry(policy.id(), policy.name(), "", rules, List.of(), 0, 0), false));
    }
}
