package dev.coord.tools;

import dev.coord.server.StartupException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Follows a view by blocking queries and tells of each change. Used by one thread. */
final class WatchLoop {

    private static final Duration WAIT = Duration.ofMinutes(5);
    private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
    private static final Duration RETRY_MAX = Duration.ofMinutes(3);

    /** A blocking query. */
    interface Await {
        HttpAnswer answer(String path, String index, Duration atMost);
    }

    /** Who is told. */
    interface Handler {
        /** Returns whether to go on. */
        boolean handle(@Nullable Object shown, String index) throws InterruptedException;
    }

    private final Function<String, HttpAnswer> ask;
    private final Await await;
    private final Consumer<String> troubles;

    /** @param troubles told, in one line, why there was no answer and when it is asked again */
    WatchLoop(Function<String, HttpAnswer> ask, Await await, Consumer<String> troubles) {
        this.ask = ask;
        this.await = await;
        this.troubles = troubles;
    }

    /** Tells of the view as it is, then whenever it is another one, until the handler has enough. */
    void follow(WatchedView view, String path, Handler handler) throws InterruptedException {
        String index = "";
        Object last = null;
        boolean first = true;
        Duration pause = RETRY_FIRST;
        while (true) {
            HttpAnswer answer;
            @Nullable Object shown;
            try {
                answer = index.isEmpty() ? ask.apply(path) : await.answer(path, index, WAIT);
                shown = view.shown(answer, index);
                pause = RETRY_FIRST;
            } catch (StartupException e) {
                troubles.accept(e.getMessage() + "; again in " + pause.toSeconds() + " s");
                Thread.sleep(pause.toMillis());
                pause = pause.multipliedBy(2).compareTo(RETRY_MAX) > 0 ? RETRY_MAX : pause.multipliedBy(2);
                continue;
            }
            boolean passed = !answer.index().equals(index);
            index = answer.index();
            if (first || (passed && !Objects.equals(shown, last))) {
                first = false;
                last = shown;
                if (!handler.handle(shown, index)) {
                    return;
                }
            }
        }
    }
}
