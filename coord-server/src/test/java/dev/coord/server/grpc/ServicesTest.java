package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.coord.api.v1.Beat;
import dev.coord.api.v1.BeatResult;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.Check;
import dev.coord.api.v1.CheckDefinition;
import dev.coord.api.v1.CheckStatus;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.CreateSessionRequest;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.DestroySessionRequest;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.HeartbeatRequest;
import dev.coord.api.v1.InstancesRequest;
import dev.coord.api.v1.InstancesResponse;
import dev.coord.api.v1.ListNodesRequest;
import dev.coord.api.v1.ListServicesRequest;
import dev.coord.api.v1.ListSessionsRequest;
import dev.coord.api.v1.MembersRequest;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.RegisterRequest;
import dev.coord.api.v1.RenewSessionRequest;
import dev.coord.api.v1.Service;
import dev.coord.api.v1.Session;
import dev.coord.api.v1.SessionsGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Catalog, health, sessions, members; and what every gRPC server offers. */
class ServicesTest {

    private GrpcFixture server;

    @BeforeEach
    void start() throws Exception {
        server = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CatalogGrpc.CatalogBlockingStub catalog() {
        return CatalogGrpc.newBlockingStub(server.channel);
    }

    private HealthGrpc.HealthBlockingStub health() {
        return HealthGrpc.newBlockingStub(server.channel);
    }

    private SessionsGrpc.SessionsBlockingStub sessions() {
        return SessionsGrpc.newBlockingStub(server.channel);
    }

    private void register(String node, String tag) {
        catalog()
                .register(RegisterRequest.newBuilder()
                        .setNode(Node.newBuilder().setName(node).setAddress("10.0.0.1"))
                        .setService(Service.newBuilder()
                                .setId("web")
                                .setName("web")
                                .setPort(80)
                                .addTags(tag))
                        .addChecks(Check.newBuilder()
                                .setId("service:web")
                                .setName("ttl")
                                .setServiceId("web")
                                .setStatus(CheckStatus.CHECK_STATUS_PASSING)
                                .setDefinition(CheckDefinition.newBuilder().setTtlMs(10_000)))
                        .build());
    }

    private List<BeatResult> beat(String check, CheckStatus status) {
        return health().heartbeat(HeartbeatRequest.newBuilder()
                        .addBeats(Beat.newBuilder()
                                .setNode("n1")
                                .setCheckId(check)
                                .setStatus(status))
                        .build())
                .getResultsList();
    }

    private static void assertRefused(Throwable refused, Status.Code code, String said) {
        assertThat(refused).isInstanceOf(StatusRuntimeException.class).hasMessageContaining(said);
        assertThat(((StatusRuntimeException) refused).getStatus().getCode()).isEqualTo(code);
    }

    @Test
    void what_is_registered_is_listed_and_gone_when_deregistered() {
        register("n1", "v1");
        register("n2", "v2");
        assertThat(catalog().listNodes(ListNodesRequest.getDefaultInstance()).getNodesList())
                .extracting(Node::getName)
                .contains("n1", "n2");
        assertThat(catalog()
                        .listServices(ListServicesRequest.getDefaultInstance())
                        .getServicesList())
                .anySatisfy(service -> {
                    assertThat(service.getName()).isEqualTo("web");
                    assertThat(service.getTagsList()).containsExactly("v1", "v2");
                    assertThat(service.getInstances()).isEqualTo(2);
                });
        catalog().deregister(DeregisterRequest.newBuilder().setNode("n2").build());
        assertThat(catalog().listNodes(ListNodesRequest.getDefaultInstance()).getNodesList())
                .extracting(Node::getName)
                .doesNotContain("n2");
    }

    @Test
    void instances_are_chosen_by_health_and_tag() {
        register("n1", "v1");
        register("n2", "v2");
        assertThat(beat("service:web", CheckStatus.CHECK_STATUS_CRITICAL)).containsExactly(BeatResult.BEAT_RESULT_OK);
        InstancesResponse passing = health().instances(InstancesRequest.newBuilder()
                .setService("web")
                .setPassingOnly(true)
                .build());
        assertThat(passing.getInstancesList())
                .extracting(instance -> instance.getNode().getName())
                .containsExactly("n2");
        assertThat(passing.getServiceRevision()).isPositive();
        assertThat(health().instances(InstancesRequest.newBuilder()
                                .setService("web")
                                .addTags("v1")
                                .build())
                        .getInstancesList())
                .extracting(instance -> instance.getNode().getName())
                .containsExactly("n1");
        assertThatThrownBy(() -> health().instances(InstancesRequest.getDefaultInstance()))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "service is empty"));
    }

    @Test
    void a_heartbeat_says_what_it_met() {
        register("n1", "v1");
        assertThat(beat("service:web", CheckStatus.CHECK_STATUS_PASSING)).containsExactly(BeatResult.BEAT_RESULT_OK);
        assertThat(beat("unheard-of", CheckStatus.CHECK_STATUS_PASSING))
                .containsExactly(BeatResult.BEAT_RESULT_UNKNOWN_CHECK);
        assertThatThrownBy(() -> beat("service:web", CheckStatus.CHECK_STATUS_UNSPECIFIED))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "has no status"));
    }

    @Test
    void bad_registrations_are_refused_by_field() {
        assertThatThrownBy(() -> catalog().register(RegisterRequest.getDefaultInstance()))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "node.name is empty"));
        assertThatThrownBy(() -> catalog()
                        .register(RegisterRequest.newBuilder()
                                .setNode(Node.newBuilder().setName("n1").setAddress("10.0.0.1"))
                                .setService(Service.newBuilder()
                                        .setId("x")
                                        .setName("x")
                                        .setPort(70_000))
                                .build()))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "70000"));
    }

    @Test
    void a_session_is_created_renewed_listed_and_destroyed() {
        register("node-1", "v1");
        String id = sessions()
                .create(CreateSessionRequest.newBuilder()
                        .setSession(Session.newBuilder().setName("mine").setTtlMs(20_000))
                        .build())
                .getId();
        assertThat(sessions()
                        .renew(RenewSessionRequest.newBuilder().setId(id).build())
                        .getSession()
                        .getTtlMs())
                .isEqualTo(20_000);
        assertThat(sessions()
                        .list(ListSessionsRequest.newBuilder().setNode("node-1").build())
                        .getSessionsList())
                .extracting(Session::getId)
                .containsExactly(id);
        sessions().destroy(DestroySessionRequest.newBuilder().setId(id).build());
        assertThatThrownBy(() -> sessions()
                        .renew(RenewSessionRequest.newBuilder().setId(id).build()))
                .satisfies(e -> assertRefused(e, Status.Code.NOT_FOUND, id));
        assertThatThrownBy(() -> sessions()
                        .create(CreateSessionRequest.newBuilder()
                                .setSession(Session.newBuilder().setTtlMs(10))
                                .build()))
                .satisfies(e -> assertRefused(e, Status.Code.INVALID_ARGUMENT, "TTL"));
    }

    @Test
    void the_members_are_told_without_a_leader() {
        server.consensus.setLeading(false);
        var members = ClusterGrpc.newBlockingStub(server.channel).members(MembersRequest.getDefaultInstance());
        assertThat(members.getSelf()).isEqualTo("node-1");
        assertThat(members.getMembersList()).hasSize(1);
        assertThat(members.getMembers(0).getLeader()).isFalse();
    }

    @Test
    void every_service_is_serving_while_a_leader_is_known() {
        var checks = io.grpc.health.v1.HealthGrpc.newBlockingStub(server.channel);
        for (String service : List.of("", "coord.v1.KV", "coord.v1.Watch", "coord.v1.Sessions")) {
            HealthCheckRequest request =
                    HealthCheckRequest.newBuilder().setService(service).build();
            server.consensus.setLeading(true);
            await().until(() -> checks.check(request).getStatus() == ServingStatus.SERVING);
            server.consensus.setLeading(false);
            await().until(() -> checks.check(request).getStatus() == ServingStatus.NOT_SERVING);
        }
    }

    @Test
    void reflection_names_the_services() throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        var requests = ServerReflectionGrpc.newStub(server.channel).serverReflectionInfo(new StreamObserver<>() {
            @Override
            public void onNext(ServerReflectionResponse response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable failure) {
                answer.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
        });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        assertThat(answer.get(10, TimeUnit.SECONDS).getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("coord.v1.KV", "coord.v1.Watch", "grpc.health.v1.Health");
        requests.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("coord.v1.Watch")
                .build());
        requests.onCompleted();
    }
}
