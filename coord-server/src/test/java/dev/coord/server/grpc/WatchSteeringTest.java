package dev.coord.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.api.v1.PollRequest;
import dev.coord.api.v1.Subject;
import dev.coord.api.v1.SubjectStats;
import dev.coord.api.v1.WatchFrame;
import dev.coord.api.v1.WatchGrpc;
import dev.coord.api.v1.WatchMeans;
import dev.coord.api.v1.WatchStatsRequest;
import dev.coord.api.v1.WatchStatsResponse;
import dev.coord.server.watch.Topics;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server says how to watch, while clients watch; and what they cost. */
class WatchSteeringTest {

    private static final Subject WEB = Subject.newBuilder().setService("Web").build();
    private static final Subject KEY = Subject.newBuilder().setKey("a").build();

    private GrpcFixture server;

    @BeforeEach
    void start() throws Exception {
        server = new GrpcFixture();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private WatchGrpc.WatchBlockingStub stub() {
        return WatchGrpc.newBlockingStub(server.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private WatchMeans pollAdvice(Subject subject) {
        return stub().poll(PollRequest.newBuilder().setSubject(subject).build()).getMeans();
    }

    private void poll(String service) {
        server.steering.steerBy((subject, client) -> subject.equals(Topics.service(service))
                ? dev.coord.server.watch.WatchMeans.POLL
                : dev.coord.server.watch.WatchMeans.ANY);
    }

    @Test
    void without_an_opinion_nothing_is_said() {
        WatchProbe probe = WatchProbe.open(server.channel, KEY, 0);
        assertThat(probe.nextNews().hasSnapshot()).isTrue();
        assertThat(pollAdvice(KEY)).isEqualTo(WatchMeans.WATCH_MEANS_UNSPECIFIED);
    }

    @Test
    void an_open_stream_is_told_when_the_opinion_changes_and_only_if_it_concerns_it() {
        WatchProbe web = WatchProbe.open(server.channel, WEB, 0);
        WatchProbe key = WatchProbe.open(server.channel, KEY, 0);
        assertThat(web.nextNews().hasSnapshot()).isTrue();
        assertThat(key.nextNews().hasSnapshot()).isTrue();

        poll("web");
        assertThat(web.nextNews().getAdvice().getMeans()).isEqualTo(WatchMeans.WATCH_MEANS_POLL);
        assertThat(pollAdvice(WEB)).isEqualTo(WatchMeans.WATCH_MEANS_POLL);

        poll("another");
        assertThat(web.nextNews().getAdvice().getMeans()).isEqualTo(WatchMeans.WATCH_MEANS_UNSPECIFIED);
        server.put("a", "1");
        assertThat(key.nextNews().hasChanges()).isTrue();
    }

    @Test
    void a_stream_that_should_be_a_poll_is_told_before_its_snapshot() {
        poll("web");
        WatchFrame first = WatchProbe.open(server.channel, WEB, 0).next();
        assertThat(first.getAdvice().getMeans()).isEqualTo(WatchMeans.WATCH_MEANS_POLL);
        assertThat(first.getRevision()).isZero();
    }

    @Test
    void a_bookmark_says_when_the_next_one_comes() {
        WatchProbe probe = WatchProbe.open(server.channel, KEY, 0);
        WatchFrame frame = probe.next();
        while (!frame.hasBookmark()) {
            frame = probe.next();
        }
        assertThat(frame.getBookmark().getNextWithinMs()).isEqualTo(300);
    }

    @Test
    void many_idle_watches_send_bookmarks_at_a_bounded_rate() {
        GrpcOptions.Limits limits = GrpcOptions.Limits.defaults();
        assertThat(limits.bookmarkNanos(10_000)).isEqualTo(TimeUnit.SECONDS.toNanos(5));
        assertThat(limits.bookmarkNanos(100_000)).isEqualTo(TimeUnit.SECONDS.toNanos(50));
    }

    @Test
    void the_counts_tell_of_shards_and_of_the_busiest_subjects() {
        WatchProbe busy = WatchProbe.open(server.channel, KEY, 0);
        WatchProbe idle = WatchProbe.open(server.channel, WEB, 0);
        assertThat(busy.nextNews().hasSnapshot()).isTrue();
        assertThat(idle.nextNews().hasSnapshot()).isTrue();
        server.put("a", "1");
        assertThat(busy.nextNews().hasChanges()).isTrue();

        WatchStatsResponse stats = stub().stats(WatchStatsRequest.getDefaultInstance());

        assertThat(stats.getServer()).isNotEmpty();
        assertThat(stats.getHubShape()).isEqualTo("sharded");
        assertThat(stats.getStreams()).isEqualTo(2);
        assertThat(stats.getShardsList()).hasSize(server.hub.stats().shards().size());
        SubjectStats first = stats.getBusiest(0);
        assertThat(first.getTopic()).isEqualTo("kv");
        assertThat(first.getKey()).isEqualTo("a");
        assertThat(first.getWatchers()).isEqualTo(1);
        assertThat(first.getEvents()).isEqualTo(1);
        assertThat(first.getWakeups()).isPositive();
        assertThat(first.getRingBytes()).isPositive();
        assertThat(stub().stats(WatchStatsRequest.newBuilder().setBusiestMax(1).build())
                        .getBusiestList())
                .hasSize(1);
        assertThatThrownBy(() -> stub().stats(WatchStatsRequest.newBuilder()
                        .setBusiestMax(1_001)
                        .build()))
                .hasMessageContaining("1001")
                .hasMessageContaining("1000");
    }
}
