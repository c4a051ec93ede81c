package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.api.v1.AllServices;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.Change;
import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.DeleteRequest;
import dev.coord.api.v1.DeregisterRequest;
import dev.coord.api.v1.KeyValue;
import dev.coord.api.v1.Node;
import dev.coord.api.v1.RegisterRequest;
import dev.coord.api.v1.Service;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchRequest;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubStats;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatchTest {

    private GrpcFixture server;

    @BeforeEach
    void start() throws Exception {
        server = new GrpcFixture();
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private static Subject prefix(String prefix) {
        return Subject.newBuilder().setKeyPrefix(prefix).build();
    }

    private static Subject service(String name) {
        return Subject.newBuilder().setService(name).build();
    }

    private void register(String node, String service, String... tags) {
        CatalogGrpc.newBlockingStub(server.channel)
                .register(RegisterRequest.newBuilder()
                        .setNode(Node.newBuilder().setName(node).setAddress("10.0.0.1"))
                        .setService(Service.newBuilder()
                                .setId(service)
                                .setName(service)
                                .setPort(80)
                                .addAllTags(List.of(tags)))
                        .build());
    }

    private int subscriptions() {
        return server.hub.stats().shards().stream()
                .mapToInt(HubStats.Shard::subscriptions)
                .sum();
    }

    @Test
    void a_watch_begins_with_a_snapshot_and_goes_on_with_changes() {
        server.put("a/1", "one");
        long second = server.put("a/2", "two");
        server.put("b/1", "elsewhere");
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), 0);

        WatchFrame snapshot = watch.next();
        assertThat(snapshot.getSnapshot().getLast()).isTrue();
        assertThat(snapshot.getRevision()).isGreaterThan(second);
        assertThat(snapshot.getSnapshot().getItems().getKvsList())
                .extracting(KeyValue::getKey)
                .containsExactly("a/1", "a/2");

        server.put("b/2", "elsewhere");
        long third = server.put("a/3", "three");
        WatchFrame change = watch.nextNews();
        assertThat(change.getRevision()).isEqualTo(third);
        assertThat(change.getChanges().getChangesList()).hasSize(1);
        assertThat(change.getChanges().getChanges(0).getKv().getValue().toStringUtf8())
                .isEqualTo("three");
    }

    @Test
    void all_changes_of_one_revision_come_in_one_frame() {
        server.put("a/1", "one");
        server.put("a/2", "two");
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), 0);
        watch.next();

        long deleted = server.kv()
                .delete(DeleteRequest.newBuilder().setKey("a/").setRecurse(true).build())
                .getRevision();

        WatchFrame change = watch.nextNews();
        assertThat(change.getRevision()).isEqualTo(deleted);
        assertThat(change.getChanges().getChangesList())
                .extracting(Change::getKvDeleted)
                .containsExactlyInAnyOrder("a/1", "a/2");
    }

    @Test
    void a_snapshot_of_many_keys_comes_in_parts_of_bounded_size() {
        String value = "v".repeat(10_000);
        for (int i = 0; i < 60; i++) {
            server.put("big/" + (100 + i), value);
        }
        WatchProbe watch = WatchProbe.open(server.channel, prefix("big/"), 0);

        List<String> keys = new ArrayList<>();
        int parts = 0;
        WatchFrame part;
        do {
            part = watch.next();
            parts++;
            assertThat(part.getSerializedSize()).isLessThan(150_000);
            part.getSnapshot().getItems().getKvsList().forEach(kv -> keys.add(kv.getKey()));
        } while (!part.getSnapshot().getLast());
        assertThat(parts).isGreaterThan(3);
        assertThat(keys).hasSize(60).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_watch_resumes_without_a_snapshot() {
        server.put("a/1", "one");
        WatchProbe first = WatchProbe.open(server.channel, prefix("a/"), 0);
        long seen = first.next().getRevision();
        long second = server.put("a/2", "two");
        first.cancel();

        WatchProbe resumed = WatchProbe.open(server.channel, prefix("a/"), seen);
        WatchFrame frame = resumed.nextNews();
        assertThat(frame.hasChanges()).isTrue();
        assertThat(frame.getRevision()).isEqualTo(second);
    }

    @Test
    void a_watch_that_resumes_from_too_long_ago_gets_one_reset_and_a_snapshot() throws Exception {
        server.close();
        server = new GrpcFixture(
                HubOptions.defaults().withRing(4, 1 << 20, Duration.ofMinutes(2)), GrpcOptions.Limits.defaults());
        server.put("a/1", "one");
        WatchProbe first = WatchProbe.open(server.channel, prefix("a/"), 0);
        long seen = first.next().getRevision();
        for (int i = 0; i < 20; i++) {
            server.put("a/1", "v" + i);
        }
        first.cancel();

        WatchProbe resumed = WatchProbe.open(server.channel, prefix("a/"), seen);
        assertThat(resumed.next().getReset().getReason()).isNotEmpty();
        WatchFrame snapshot = resumed.next();
        assertThat(snapshot.getSnapshot().getItems().getKvs(0).getValue().toStringUtf8())
                .isEqualTo("v19");
        long next = server.put("a/1", "v20");
        assertThat(resumed.nextNews().getRevision()).isEqualTo(next);
    }

    @Test
    void a_watch_from_another_history_starts_over_instead_of_waiting_for_ever() {
        long revision = server.put("a/1", "one");
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), revision + 1_000_000);
        assertThat(watch.next().getReset().getReason()).contains("ahead of the cluster");
        assertThat(watch.next().getSnapshot().getItems().getKvsCount()).isEqualTo(1);
        server.put("a/2", "two");
        assertThat(watch.nextNews().hasChanges()).isTrue();
    }

    @Test
    void a_stale_resume_on_a_server_that_is_behind_is_refused() throws Exception {
        WatchProbe watch = WatchProbe.open(
                server.channel,
                WatchRequest.newBuilder()
                        .setSubject(prefix("a/"))
                        .setAfterRevision(1_000_000)
                        .setConsistency(Consistency.CONSISTENCY_STALE)
                        .build());
        watch.request();
        assertThat(watch.ended().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(watch.ended().getDescription()).contains("behind revision 1000000");
    }

    @Test
    void a_slow_client_gets_a_reset_and_nobody_waits_for_it() throws Exception {
        server.close();
        server = new GrpcFixture(
                HubOptions.defaults().withRing(8, 1 << 20, Duration.ofMinutes(2)), GrpcOptions.Limits.defaults());
        WatchProbe slow = WatchProbe.open(server.channel, prefix("a/"), 0);
        WatchProbe fast = WatchProbe.open(server.channel, prefix("a/"), 0);
        slow.next();
        fast.next();
        String value = "v".repeat(100_000);
        int writes = 60;
        for (int i = 0; i < writes; i++) {
            long revision = server.put("a/" + i, value);
            assertThat(fast.nextNews().getRevision()).isEqualTo(revision);
        }

        List<String> known = new ArrayList<>();
        int resets = 0;
        while (known.size() < writes) {
            WatchFrame frame = slow.nextNews();
            if (frame.hasReset()) {
                resets++;
                known.clear();
            }
            frame.getSnapshot().getItems().getKvsList().forEach(kv -> known.add(kv.getKey()));
            frame.getChanges()
                    .getChangesList()
                    .forEach(change -> known.add(change.getKv().getKey()));
            assertThat(known).doesNotHaveDuplicates();
        }
        assertThat(resets).isEqualTo(1);
    }

    @Test
    void an_idle_watch_sends_bookmarks_whose_revision_rises_with_the_store() {
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), 0);
        watch.next();
        long elsewhere = server.put("b/1", "elsewhere");
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            WatchFrame frame = watch.next();
            assertThat(frame.hasBookmark()).isTrue();
            return frame.getRevision() >= elsewhere;
        });
    }

    @Test
    void a_service_watch_tells_of_its_instances_alone() {
        register("n1", "web", "v1");
        WatchProbe watch = WatchProbe.open(server.channel, service("web"), 0);
        assertThat(watch.next()
                        .getSnapshot()
                        .getItems()
                        .getInstances(0)
                        .getNode()
                        .getName())
                .isEqualTo("n1");
        register("n1", "db");
        register("n2", "web");
        Change added = watch.nextNews().getChanges().getChanges(0);
        assertThat(added.getInstance().getNode().getName()).isEqualTo("n2");
        CatalogGrpc.newBlockingStub(server.channel)
                .deregister(DeregisterRequest.newBuilder()
                        .setNode("n2")
                        .setServiceId("web")
                        .build());
        Change removed = watch.nextNews().getChanges().getChanges(0);
        assertThat(removed.getInstanceRemoved().getNode()).isEqualTo("n2");
        assertThat(removed.getInstanceRemoved().getServiceId()).isEqualTo("web");
    }

    @Test
    void a_change_to_one_of_two_thousand_instances_is_one_instance_on_the_wire() {
        for (int i = 0; i < 2_000; i++) {
            register("n" + i, "web", "v1");
        }
        WatchProbe watch = WatchProbe.open(server.channel, service("web"), 0);
        int instances = 0;
        WatchFrame frame;
        do {
            frame = watch.nextNews();
            instances += frame.getSnapshot().getItems().getInstancesCount();
        } while (!frame.getSnapshot().getLast());
        assertThat(instances).isEqualTo(2_000);

        register("n7", "web", "v2");

        WatchFrame change = watch.nextNews();
        assertThat(change.getChanges().getChangesList()).hasSize(1);
        assertThat(change.getChanges().getChanges(0).getInstance().getNode().getName())
                .isEqualTo("n7");
        assertThat(change.getSerializedSize()).isLessThan(1_000);
    }

    @Test
    void a_watch_on_a_key_that_does_not_exist_wakes_for_that_key_alone() {
        WatchProbe watch = WatchProbe.open(
                server.channel, Subject.newBuilder().setKey("missing").build(), 0);
        assertThat(watch.nextNews().getSnapshot().getItems().getKvsCount()).isZero();
        for (int i = 0; i < 100; i++) {
            server.put("missing" + i, "another");
        }
        assertThat(wakeups("missing")).isZero();
        server.put("missing", "there");
        assertThat(watch.nextNews().getChanges().getChanges(0).getKv().getKey()).isEqualTo("missing");
        assertThat(wakeups("missing")).isEqualTo(1);
    }

    private long wakeups(String key) {
        return server.hub.stats().busiest().stream()
                .filter(busy -> busy.subject().key().equals(key))
                .mapToLong(HubStats.Busy::wakeups)
                .sum();
    }

    @Test
    void a_watch_of_all_services_tells_only_what_differs() {
        register("n1", "web", "v1");
        Subject all = Subject.newBuilder()
                .setAllServices(AllServices.getDefaultInstance())
                .build();
        WatchProbe watch = WatchProbe.open(server.channel, all, 0);
        assertThat(watch.next().getSnapshot().getItems().getServices(0).getTagsList())
                .containsExactly("v1");

        register("n2", "web", "v2");
        WatchFrame second = watch.nextNews();
        assertThat(second.getChanges().getChangesList()).hasSize(1);
        assertThat(second.getChanges().getChanges(0).getService().getTagsList()).containsExactly("v1", "v2");
        assertThat(second.getChanges().getChanges(0).getService().getInstances())
                .isEqualTo(2);

        register("n1", "db");
        WatchFrame third = watch.nextNews();
        assertThat(third.getChanges().getChanges(0).getService().getName()).isEqualTo("db");
        watch.cancel();

        WatchProbe resumed = WatchProbe.open(server.channel, all, third.getRevision());
        CatalogGrpc.newBlockingStub(server.channel)
                .deregister(DeregisterRequest.newBuilder()
                        .setNode("n1")
                        .setServiceId("db")
                        .build());
        WatchFrame fourth = resumed.nextNews();
        // Whether the removal comes as a change or, when the watch resumed after it, with a snapshot is a race.
        if (fourth.hasReset()) {
            assertThat(resumed.next().getSnapshot().getItems().getServicesCount())
                    .isEqualTo(1);
        } else {
            assertThat(fourth.getChanges().getChanges(0).getServiceRemoved()).isEqualTo("db");
        }
    }

    @Test
    void a_node_watch_tells_of_the_node_and_its_instances() {
        register("n1", "web");
        WatchProbe watch = WatchProbe.open(
                server.channel, Subject.newBuilder().setNode("n1").build(), 0);
        WatchFrame snapshot = watch.next();
        assertThat(snapshot.getSnapshot().getItems().getNodesCount()).isEqualTo(1);
        assertThat(snapshot.getSnapshot().getItems().getInstancesCount()).isEqualTo(1);
        CatalogGrpc.newBlockingStub(server.channel)
                .deregister(DeregisterRequest.newBuilder().setNode("n1").build());
        assertThat(watch.nextNews().getChanges().getChangesList())
                .extracting(Change::getChangeCase)
                .contains(Change.ChangeCase.NODE_REMOVED, Change.ChangeCase.INSTANCE_REMOVED);
    }

    @Test
    void a_cancelled_watch_gives_its_subscription_back() {
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), 0);
        watch.next();
        assertThat(subscriptions()).isEqualTo(1);
        watch.cancel();
        await().untilAsserted(() -> assertThat(subscriptions()).isZero());
    }

    @Test
    void one_watch_more_than_the_bound_is_refused_by_name() throws Exception {
        server.close();
        server = new GrpcFixture(HubOptions.defaults().withWatchersMax(2, 10, 10), GrpcOptions.Limits.defaults());
        WatchProbe.open(server.channel, prefix("a/"), 0).next();
        WatchProbe.open(server.channel, prefix("b/"), 0).next();
        WatchProbe third = WatchProbe.open(server.channel, prefix("c/"), 0);
        third.request();
        assertThat(third.ended().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(third.ended().getDescription()).contains("2 subscriptions");
    }

    @Test
    void without_a_leader_a_stale_watch_begins_and_another_is_refused() throws Exception {
        server.put("a/1", "one");
        server.consensus.setLeading(false);
        WatchProbe stale = WatchProbe.open(
                server.channel,
                WatchRequest.newBuilder()
                        .setSubject(prefix("a/"))
                        .setConsistency(Consistency.CONSISTENCY_STALE)
                        .build());
        assertThat(stale.next().getSnapshot().getItems().getKvsCount()).isEqualTo(1);
        WatchProbe linearizable = WatchProbe.open(server.channel, prefix("a/"), 0);
        linearizable.request();
        assertThat(linearizable.ended().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void a_stopping_server_says_so_to_its_watchers() throws Exception {
        WatchProbe watch = WatchProbe.open(server.channel, prefix("a/"), 0);
        watch.next();
        watch.request();
        server.api.close();
        assertThat(watch.ended().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(watch.ended().getDescription()).contains("stopping");
    }

    @Test
    void an_empty_subject_is_refused() throws Exception {
        WatchProbe none = WatchProbe.open(server.channel, Subject.getDefaultInstance(), 0);
        none.request();
        assertThat(none.ended().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        WatchProbe empty = WatchProbe.open(server.channel, service(""), 0);
        empty.request();
        assertThat(empty.ended().getDescription()).contains("subject.service is empty");
    }
}
