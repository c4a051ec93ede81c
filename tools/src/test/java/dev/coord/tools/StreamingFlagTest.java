package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.coord.client.CoordClient;
import dev.coord.client.CoordException;
import dev.coord.client.FlagWrite;
import dev.coord.client.ServiceInstance;
import dev.coord.client.Watch;
import dev.coord.client.WatchListener;
import dev.coord.client.WatchMode;
import dev.coord.client.WatchTarget;
import dev.coord.client.WatchUpdate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The flag {@code streaming} moves the watchers of one service, in a real server, while instances come and go. */
class StreamingFlagTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SWITCHES = 6;
    private static final String OFF_FOR_ROUTER = """
            {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on",
             "targeting": {"if": [{"==": [{"var": "service"}, "router"]}, "off"]}}
            """;
    private static final String ON = """
            {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"}
            """;

    @TempDir
    private Path directory;

    private ServerUnderTest server;
    private CoordClient client;

    @BeforeEach
    void start() {
        server = ServerUnderTest.lone(directory, "one").start().awaitLeader();
        client = CoordClient.builder().address(server.grpcAddress()).build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    /** What one watcher was told: each instance must come once, in the order of its registration, and never go. */
    private static final class Told implements WatchListener<ServiceInstance> {
        final List<String> ids = new CopyOnWriteArrayList<>();
        final List<String> broken = new CopyOnWriteArrayList<>();
        private long revision;

        @Override
        public void updated(WatchUpdate<ServiceInstance> update) {
            if (update.revision() <= revision) {
                broken.add("revision " + update.revision() + " after " + revision);
            }
            revision = update.revision();
            update.changes().forEach(change -> {
                if (change.before() != null || change.after() == null) {
                    broken.add("not new: " + change);
                }
                ids.add(change.id());
            });
        }

        @Override
        public void interrupted(CoordException why) {
            broken.add("interrupted: " + why);
        }
    }

    @Test
    void it_moves_the_watchers_of_its_service_alone_and_nothing_is_missed_or_repeated() throws Exception {
        List<Told> told = new ArrayList<>();
        List<Watch<ServiceInstance>> routers = watch("router", told);
        List<Watch<ServiceInstance>> webs = watch("web", told);
        AtomicBoolean going = new AtomicBoolean(true);
        AtomicReference<String> failure = new AtomicReference<>("");
        List<String> registered = new CopyOnWriteArrayList<>();
        Thread writer = new Thread(() -> {
            for (int i = 0; going.get(); i++) {
                for (String service : List.of("router", "web")) {
                    int status = register(service, i);
                    if (status != 200) {
                        failure.set("status " + status);
                        return;
                    }
                }
                registered.add("node-" + i);
            }
        });
        writer.start();
        try {
            for (int i = 0; i < SWITCHES; i++) {
                WatchMode wanted = i % 2 == 0 ? WatchMode.POLL : WatchMode.STREAM;
                client.flags().putFlag("coord", "streaming", i % 2 == 0 ? OFF_FOR_ROUTER : ON, FlagWrite.by("test"));
                await("switch " + i).atMost(PATIENCE).until(() -> routers.stream()
                        .allMatch(watch -> watch.mode() == wanted));
                int before = registered.size();
                await("events after switch " + i).atMost(PATIENCE).until(() -> registered.size() > before + 20);
                assertThat(webs).allMatch(watch -> watch.mode() == WatchMode.STREAM);
            }
        } finally {
            going.set(false);
            writer.join();
        }
        assertThat(failure.get()).isEmpty();
        int count = registered.size();
        for (Told watcher : told) {
            await().atMost(PATIENCE).until(() -> watcher.ids.size() >= count);
            assertThat(watcher.broken).isEmpty();
            assertThat(watcher.ids).hasSize(count).doesNotHaveDuplicates();
        }
    }

    private List<Watch<ServiceInstance>> watch(String service, List<Told> told) {
        List<Watch<ServiceInstance>> watches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Told listener = new Told();
            told.add(listener);
            Watch<ServiceInstance> watch = client.watch(WatchTarget.service(service), listener);
            watch.awaitReady(PATIENCE);
            watches.add(watch);
        }
        return watches;
    }

    private int register(String service, int number) {
        return server.put(
                        "/v1/catalog/register",
                        "{\"Node\":\"node-" + number + "\",\"Address\":\"10.0.0.1\",\"Service\":{\"ID\":\"" + service
                                + "\",\"Service\":\"" + service + "\",\"Port\":80}}")
                .statusCode();
    }
}
