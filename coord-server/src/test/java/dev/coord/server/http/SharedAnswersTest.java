package dev.coord.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.Command;
import dev.coord.server.state.State;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedAnswersTest {

    private static final String WEB = "/v1/health/service/web?passing&index=7&wait=5m";

    private final AtomicBoolean on = new AtomicBoolean(true);
    private final SharedAnswers shared = new SharedAnswers(on::get);
    private final AtomicInteger made = new AtomicInteger();
    private final State state = State.empty();
    private final State later = state.apply(new Command.KvPut("elsewhere", ByteString.EMPTY, 0, null, null, null), 1)
            .state();

    private Answer answer(String uri, long index, State at) {
        return answer(uri, index, at, 100);
    }

    private Answer answer(String uri, long index, State at, int bytes) {
        return shared.answer(uri, Authorizer.UNRESTRICTED, index, at, from -> {
            made.incrementAndGet();
            return new Answer(200, Headers.JSON, Buffer.buffer(new byte[bytes]));
        });
    }

    @Test
    void equalQueriesWithOneIndexShareAnAnswerWhateverWasWrittenMeanwhile() {
        Answer first = answer(WEB, 8, state);
        assertThat(answer(WEB, 8, state)).isSameAs(first);
        assertThat(answer(WEB, 8, later)).isSameAs(first);
        assertThat(answer("/v1/health/service/web?wait=10s&passing&index=3", 8, later))
                .isSameAs(first);
        assertThat(made).hasValue(1);
    }

    @Test
    void anotherIndexOrQueryOrAStateThatWentBackShareNothing() {
        Answer first = answer(WEB, 8, later);
        assertThat(answer("/v1/health/service/web?index=7&wait=5m", 8, later)).isNotSameAs(first);
        assertThat(answer(WEB, 8, state)).isNotSameAs(first);
        assertThat(answer(WEB, 9, later)).isNotSameAs(first);
        assertThat(made).hasValue(4);
    }

    @Test
    void whatIsNotKeptAnyMoreIsMadeAgain() {
        answer(WEB, 8, state);
        for (int i = 0; i < 100; i++) {
            answer("/v1/kv/" + i, 8, state);
        }
        answer(WEB, 8, state);
        assertThat(made).hasValue(102);
    }

    @Test
    void largeAnswersAreKeptUpToTheirSum() {
        answer("/v1/kv/huge", 1, state, 40 << 20);
        answer("/v1/kv/huge", 1, state, 40 << 20);
        assertThat(made).as("larger than all that is kept").hasValue(2);
        answer(WEB, 8, state, 20 << 20);
        answer(WEB, 8, state, 20 << 20);
        assertThat(made).hasValue(3);
        answer("/v1/kv/large", 1, state, 20 << 20);
        answer(WEB, 8, state, 20 << 20);
        assertThat(made).as("the older one had to go").hasValue(5);
    }

    @Test
    void switchedOffEveryAnswerIsMadeForItself() {
        Answer first = answer(WEB, 8, state);
        on.set(false);
        assertThat(answer(WEB, 8, state)).isNotSameAs(first);
        assertThat(answer(WEB, 8, state)).isNotSameAs(first);
        on.set(true);
        assertThat(answer(WEB, 8, state)).isSameAs(answer(WEB, 8, state));
        assertThat(made).hasValue(4);
    }

    @Test
    void anAnswerThatCouldNotBeMadeIsTriedAgain() {
        assertThatThrownBy(() -> shared.answer(WEB, Authorizer.UNRESTRICTED, 8, state, from -> {
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(answer(WEB, 8, state).body().length()).isEqualTo(100);
    }

    @Test
    void eventLoopsThatNeedItAtOnceMakeItOnce() throws Exception {
        int loops = 4;
        int changes = 200;
        CyclicBarrier change = new CyclicBarrier(loops);
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            ends.add(CompletableFuture.runAsync(
                    () -> {
                        for (int index = 1; index <= changes; index++) {
                            await(change);
                            answer(WEB, index, state);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        for (CompletableFuture<Void> end : ends) {
            end.get(20, TimeUnit.SECONDS);
        }
        assertThat(made).hasValue(changes);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/kv/a, /v1/kv/a",
        "/v1/kv/a?, /v1/kv/a?",
        "/v1/kv/a?index=1, /v1/kv/a",
        "/v1/kv/a?index=1&raw, /v1/kv/a?raw",
        "/v1/kv/a?raw&wait=5m&index=1, /v1/kv/a?raw",
        "/v1/kv/index=1?recurse&indexed=1, /v1/kv/index=1?recurse&indexed=1",
    })
    void sinceWhenAndHowLongIsNoPartOfTheQuestion(String uri, String question) {
        assertThat(SharedAnswers.withoutWait(uri)).isEqualTo(question);
    }
}
