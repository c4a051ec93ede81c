package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.api.raft.v1.HttpCall;
import dev.coord.api.raft.v1.HttpHeader;
import dev.coord.api.raft.v1.HttpPart;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.ForwardedHttp;
import dev.coord.server.command.SecretDigest;
import dev.coord.server.http.CachedRead.Found;
import dev.coord.server.http.CachedRead.Wanted;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an agent keeps of answers, how much, and what of it is found. Questions that wait are answered when a test says so. */
class ReadCacheTest {

    private static final Wanted ANY = new Wanted(CacheControl.of(null), 0, 0);
    private static final Wanted NEW = new Wanted(CacheControl.of("must-revalidate"), 0, 0);

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanos = new AtomicLong();
    private final ScriptedServers servers = new ScriptedServers();
    private final ReadCache cache = new ReadCache(servers, nanos::get);

    @AfterEach
    void stop() {
        cache.close();
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /** Answers what is asked without an index at once, and lets the others wait. */
    private static final class ScriptedServers implements ForwardedHttp.Caller {

        /** What is asked with an index and not answered, by path. */
        final Map<String, ForwardedHttp.Receiver> waiting = new ConcurrentHashMap<>();

        final List<String> asked = new CopyOnWriteArrayList<>();
        final List<String> givenUp = new CopyOnWriteArrayList<>();
        volatile int status = 200;
        volatile String index = "7";
        volatile byte[] body = "old".getBytes(StandardCharsets.UTF_8);

        @Override
        public void call(HttpCall call, boolean repeatable, ForwardedHttp.Receiver receiver) {
            String path = call.getUri().replaceFirst("\\?.*", "");
            asked.add(call.getUri());
            receiver.begin(() -> {}, () -> givenUp.add(path));
            if (call.getUri().contains("index=")) {
                waiting.put(path, receiver);
            } else {
                answer(receiver);
            }
        }

        void answer(ForwardedHttp.Receiver receiver) {
            receiver.part(HttpPart.newBuilder()
                    .setStatus(status)
                    .addHeaders(header("x-consul-index", index))
                    .addHeaders(header("Content-Type", "application/json"))
                    .setBody(ByteString.copyFrom(body))
                    .build());
            receiver.end();
        }

        private static HttpHeader header(String name, String value) {
            return HttpHeader.newBuilder().setName(name).setValue(value).build();
        }

        /** The question that waits for news of a path. */
        ForwardedHttp.Receiver waitingFor(String path) {
            await().until(() -> waiting.containsKey(path));
            return Objects.requireNonNull(waiting.remove(path));
        }
    }

    private CompletableFuture<Optional<Found>> ask(String path, Wanted wanted) {
        ReadCache.Key key = new ReadCache.Key(path + "?", SecretDigest.of("secret"), Authorizer.UNRESTRICTED);
        CachedRead read = cache.of(key, vertx.getOrCreateContext(), (index, seconds) -> HttpCall.newBuilder()
                .setUri(index == 0 ? path + "?" : path + "?index=" + index)
                .build());
        return Objects.requireNonNull(read).ask(wanted);
    }

    private Found find(String path, Wanted wanted) {
        return ask(path, wanted)
                .orTimeout(60, TimeUnit.SECONDS)
                .join()
                .orElseThrow(() -> new AssertionError("nothing is kept"));
    }

    private static String text(Found found) {
        return found.kept().answer().body().toString();
    }

    private void change(String path, String newIndex, String newBody) {
        servers.index = newIndex;
        servers.body = newBody.getBytes(StandardCharsets.UTF_8);
        servers.answer(servers.waitingFor(path));
    }

    @Test
    void theFirstIsFetchedTheOthersAreThereAndChangesAreFollowed() {
        assertThat(find("/a", ANY)).satisfies(found -> {
            assertThat(found.hit()).isFalse();
            assertThat(text(found)).isEqualTo("old");
            assertThat(found.kept().index()).isEqualTo(7);
        });
        assertThat(find("/a", ANY).hit()).isTrue();

        change("/a", "8", "new");

        await().untilAsserted(() -> assertThat(text(find("/a", ANY))).isEqualTo("new"));
        assertThat(servers.waitingFor("/a")).isNotNull();
        assertThat(servers.asked).containsExactly("/a?", "/a?index=7", "/a?index=8");
    }

    @Test
    void whoKnowsTheIndexWaitsForTheNextOne() {
        find("/a", ANY);
        Wanted next = new Wanted(CacheControl.of(null), 7, 0);
        CompletableFuture<Optional<Found>> waits = ask("/a", next);
        CompletableFuture<Optional<Found>> gone = ask("/a", next);
        assertThat(find("/a", new Wanted(CacheControl.of(null), 6, 0)).hit()).isTrue();
        gone.cancel(false);
        assertThat(waits).isNotDone();

        change("/a", "8", "new");

        assertThat(text(waits.orTimeout(60, TimeUnit.SECONDS).join().orElseThrow()))
                .isEqualTo("new");
        Wanted brief = new Wanted(CacheControl.of(null), 8, 10);
        assertThat(text(find("/a", brief)))
                .as("without news, when its wait is over")
                .isEqualTo("new");
    }

    @Test
    void whoWantsANewAnswerHasItFetched() {
        find("/a", ANY);
        servers.index = "8";
        servers.body = "new".getBytes(StandardCharsets.UTF_8);

        assertThat(text(find("/a", ANY))).isEqualTo("old");
        assertThat(find("/a", NEW)).satisfies(found -> {
            assertThat(found.hit()).isFalse();
            assertThat(text(found)).isEqualTo("new");
        });
        assertThat(text(find("/a", ANY))).isEqualTo("new");
    }

    @Test
    void whatWasKeptIsFoundWhileNoServerAnswersAndGrowsOld() {
        find("/a", ANY);
        servers.waitingFor("/a").failed("no server");
        await().untilAsserted(() -> assertThat(servers.asked).hasSize(3));
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(7));
        assertThat(find("/a", ANY).ageSeconds()).isEqualTo(7);

        // It is asked for again, with a pause that grows.
        servers.waitingFor("/a").failed("no server");
        assertThat(find("/a", ANY)).satisfies(found -> {
            assertThat(found.hit()).isTrue();
            assertThat(found.ageSeconds()).isEqualTo(7);
        });

        change("/a", "8", "new");
        await().untilAsserted(() -> assertThat(find("/a", ANY).ageSeconds()).isZero());
    }

    @Test
    void anAnswerThatIsNoneIsNotKept() {
        servers.status = 403;
        assertThat(ask("/a", ANY).orTimeout(60, TimeUnit.SECONDS).join()).isEmpty();

        servers.status = 200;
        find("/a", ANY);
        servers.status = 403;
        servers.answer(servers.waitingFor("/a"));
        await().untilAsserted(() -> assertThat(ask("/a", ANY).join()).isEmpty());
    }

    @Test
    void whatNobodyAskedForWithinAnHourIsForgotten() {
        find("/a", ANY);
        ForwardedHttp.Receiver waits = servers.waitingFor("/a");
        nanos.addAndGet(CachedRead.IDLE_NANOS_MAX + 1);
        servers.answer(waits);

        await().untilAsserted(() -> assertThat(cache.isEmpty()).isTrue());
        assertThat(servers.asked).hasSize(2);
        assertThat(find("/a", ANY).hit()).isFalse();
    }

    @Test
    void aVeryLargeAnswerIsNotKept() {
        servers.body = new byte[CachedRead.BYTES_MAX + 1];
        assertThat(ask("/a", ANY).orTimeout(60, TimeUnit.SECONDS).join()).isEmpty();
        assertThat(servers.givenUp).contains("/a");
    }

    @Test
    void beyondTheirNumberTheOneUsedLongestAgoGoes() {
        for (int i = 0; i < ReadCache.READS_MAX; i++) {
            find("/" + i, ANY);
        }
        assertThat(find("/0", ANY).hit()).isTrue();

        find("/one-more", ANY);

        assertThat(find("/0", ANY).hit()).isTrue();
        assertThat(find("/1", ANY).hit()).isFalse();
    }

    @Test
    void beyondTheirBytesTheOneUsedLongestAgoGoes() {
        servers.body = new byte[CachedRead.BYTES_MAX];
        int fitting = (int) (ReadCache.BYTES_MAX / CachedRead.BYTES_MAX);
        for (int i = 0; i <= fitting; i++) {
            find("/" + i, ANY);
        }
        assertThat(find("/1", ANY).hit()).isTrue();
        assertThat(find("/0", ANY).hit()).isFalse();
    }
}
