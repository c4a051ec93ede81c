package dev.coord.server.http;

import dev.coord.server.state.State;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Gives the same answer to equal queries of the same state, so that a thousand watchers who wake at once cost one JSON. Keeps
 * the last few. Belongs to one event loop.
 */
final class SharedAnswers {

    private static final int ANSWERS_MAX = 16;
    private static final int ANSWER_BYTES_MAX = 1024 * 1024;

    private final Map<String, Kept> answers = new LinkedHashMap<>();

    /** The state is held weakly: an answer must not keep alive what the store has dropped. */
    private record Kept(WeakReference<State> state, Answer answer) {}

    /** @param uri of the request, all of it: two that differ in any way share nothing */
    Answer answer(String uri, State state, Function<State, Answer> make) {
        Kept kept = answers.get(uri);
        if (kept != null && kept.state().refersTo(state)) {
            return kept.answer();
        }
        Answer made = make.apply(state);
        keep(uri, new Kept(new WeakReference<>(state), made));
        return made;
    }

    private void keep(String uri, Kept made) {
        answers.remove(uri);
        if (made.answer().body().length() > ANSWER_BYTES_MAX) {
            return;
        }
        if (answers.size() == ANSWERS_MAX) {
            answers.remove(oldest());
        }
        answers.put(uri, made);
    }

    private String oldest() {
        return answers.keySet().iterator().next();
    }
}
