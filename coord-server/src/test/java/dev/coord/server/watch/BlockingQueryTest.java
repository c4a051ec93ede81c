package dev.coord.server.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.coord.server.LocalConsensus;
import dev.coord.server.command.Command;
import dev.coord.server.command.ConsensusException;
import dev.coord.server.state.KvEntry;
import dev.coord.server.state.State;
import dev.coord.server.watch.BlockingQuery.Answer;
import dev.coord.server.watch.BlockingQuery.Question;
import dev.coord.streaming.HubOptions;
import dev.coord.streaming.HubStats;
import dev.coord.streaming.ShardedHub;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a blocking query answers, and when it does not. */
@Timeout(30)
class BlockingQueryTest {

    private final ShardedHub hub = new ShardedHub(HubOptions.defaults().withShards(2));
    private final LocalConsensus consensus = new LocalConsensus(() -> 1_000, hub);
    private final ManualTimer timer = new ManualTimer();
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final BlockingQuery queries = new BlockingQuery(consensus, hub, timer, () -> 1.0);

    @AfterEach
    void close() throws InterruptedException {
        executor.shutdown();
        assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        hub.close();
    }

    @Test
    void withoutAnIndexItAnswersAtOnce() {
        put("a", "1");
        Answer<Optional<KvEntry>> answer = ask("a", 0).join();
        assertThat(answer.index()).isEqualTo(2);
        assertThat(answer.value()).map(KvEntry::key).contains("a");
        assertThat(timer.scheduled()).isEmpty();
    }

    @Test
    void withAnOldIndexItAnswersAtOnce() {
        put("a", "1");
        put("a", "2");
        assertThat(ask("a", 2).join().index()).isEqualTo(3);
    }

    @Test
    void aMissingKeyHasIndexOneAndWakesWhenItIsCreated() {
        assertThat(ask("a", 0).join().index()).isEqualTo(1);
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 1);
        put("b", "1");
        put("a", "1");
        Answer<Optional<KvEntry>> answer = waiting.join();
        assertThat(answer.index()).isEqualTo(3);
        assertThat(answer.value()).isPresent();
    }

    @Test
    void aDeletionEndsTheWait() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 2);
        consensus.apply(new Command.KvDelete("a", null));
        assertThat(waiting.join().index()).isEqualTo(3);
        assertThat(waiting.join().value()).isEmpty();
    }

    @Test
    void neitherAnotherKeyNorAnIdenticalPutEndsTheWait() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 2);
        put("b", "1");
        put("a", "1");
        // The shards hand over in order: when a later watcher of the same key has its answer, the earlier had its
        // chance.
        CompletableFuture<Answer<Optional<KvEntry>>> later = ask("a", 2);
        put("a", "2");
        assertThat(later.join().index()).isEqualTo(5);
        assertThat(waiting.join().index()).isEqualTo(5);
    }

    @Test
    void aPrefixWakesForAKeyBelowIt() {
        Question<Integer> question = new Question<>(
                Topics.keyPrefix("d/"),
                state -> state.kvPrefixIndex("d/"),
                (state, index) -> state.kvCount(),
                1,
                1_000,
                false);
        CompletableFuture<Answer<Integer>> waiting = queries.ask(question, executor);
        put("e", "1");
        put("d/1", "1");
        assertThat(waiting.join().index()).isEqualTo(3);
        assertThat(waiting.join().value()).isEqualTo(2);
    }

    @Test
    void whenTheTimeIsOverItAnswersWithWhatThereIs() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 2);
        timer.fireAll();
        assertThat(waiting.join().index()).isEqualTo(2);
        assertThat(waiting.join().value()).isPresent();
        await().until(() -> waiters() == 0);
    }

    @Test
    void theWaitIsBoundedAndGrowsByASixteenthAtMost() {
        put("a", "1");
        assertThat(ask("a", 2, 250, false)).isNotDone();
        assertThat(ask("a", 2, 0, false)).isNotDone();
        assertThat(ask("a", 2, Long.MAX_VALUE, false)).isNotDone();
        assertThat(timer.scheduled())
                .extracting(ManualTimer.Entry::delayMillis)
                .containsExactly(265L, 318_750L, 637_500L);
    }

    @Test
    void aClientThatGoesAwayLeavesNothingBehind() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 2);
        assertThat(waiters()).isEqualTo(1);
        waiting.cancel(false);
        await().until(() -> waiters() == 0);
        assertThat(timer.scheduled()).isEmpty();
    }

    @Test
    void aRestoredStateEndsTheWaitThoughItsIndexIsLower() {
        State before = consensus.latest();
        put("a", "1");
        put("a", "2");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 3);
        consensus.restore(before);
        assertThat(waiting.join().index()).isEqualTo(1);
        assertThat(waiting.join().value()).isEmpty();
    }

    @Test
    void anIndexThatNoStateHasHadYetIsWaitedForToTheEndOfTheTime() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 1_000);
        assertThat(waiting).isNotDone();
        timer.fireAll();
        assertThat(waiting.join().index()).isEqualTo(2);
    }

    @Test
    void anIndexOfAnotherClusterIsAnsweredAtTheNextChangeOfWhatIsAsked() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 1_000);
        put("b", "1");
        assertThat(waiting).isNotDone();
        put("a", "2");
        assertThat(waiting.join().index()).isEqualTo(4);
    }

    @Test
    void aStaleServerThatIsBehindWaitsInsteadOfGoingBack() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 3, 1_000, true);
        put("a", "2");
        put("a", "3");
        assertThat(waiting.join().index()).isEqualTo(4);
    }

    @Test
    void withoutALeaderOnlyStaleReadsAreAnswered() {
        put("a", "1");
        consensus.setLeading(false);
        assertThat(ask("a", 0, 0, true).join().index()).isEqualTo(2);
        assertThat(ask("a", 0))
                .failsWithin(1, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(ConsensusException.class);
    }

    @Test
    void anExecutorThatIsClosedFailsTheQueryInsteadOfLeavingItHanging() {
        put("a", "1");
        CompletableFuture<Answer<Optional<KvEntry>>> waiting = ask("a", 2);
        executor.shutdown();
        put("a", "2");
        assertThat(waiting)
                .failsWithin(10, TimeUnit.SECONDS)
                .withThrowableThat()
                .withCauseInstanceOf(RejectedExecutionException.class);
    }

    private CompletableFuture<Answer<Optional<KvEntry>>> ask(String key, long afterIndex) {
        return ask(key, afterIndex, 1_000, false);
    }

    private CompletableFuture<Answer<Optional<KvEntry>>> ask(
            String key, long afterIndex, long waitMillis, boolean stale) {
        Question<Optional<KvEntry>> question = new Question<>(
                Topics.key(key),
                state -> state.kvIndex(key),
                (state, index) -> Optional.ofNullable(state.kv(key)),
                afterIndex,
                waitMillis,
                stale);
        return queries.ask(question, executor);
    }

    private void put(String key, String value) {
        consensus.apply(new Command.KvPut(key, ByteString.copyFromUtf8(value), 0, null, null, null));
    }

    private int waiters() {
        return hub.stats().shards().stream().mapToInt(HubStats.Shard::waiters).sum();
    }
}
