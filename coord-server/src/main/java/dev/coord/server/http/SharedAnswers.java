package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.state.State;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Gives the same answer to equal queries of the same state by those who may do the same, so that a thousand watchers who wake at
 * once cost one JSON. Keeps the last few. Belongs to one event loop.
 */
final class SharedAnswers {

    private static final int ANSWERS_MAX = 16;
    private static final int ANSWER_BYTES_MAX = 1024 * 1024;

    private final BooleanSupplier on;
    private final Map<Question, Kept> answers = new LinkedHashMap<>();

    /** @param on while it says false, every answer is made for itself */
    SharedAnswers(BooleanSupplier on) {
        this.on = on;
    }

    private record Question(String uri, Authorizer rights) {}

    /** The state is held weakly: an answer must not keep alive what the store has dropped. */
    private record Kept(WeakReference<State> state, Answer answer) {}

    /**
     * @param uri of the request, all of it: two that differ in any way share nothing
     * @param rights by which the answer is made
     */
    Answer answer(String uri, Authorizer rights, State state, Function<State, Answer> make) {
        if (!on.getAsBoolean()) {
            answers.clear();
            return make.apply(state);
        }
        Question question = new Question(uri, rights);
        Kept kept = answers.get(question);
        if (kept != null && kept.state().refersTo(state)) {
            return kept.answer();
        }
        Answer made = make.apply(state);
        keep(question, new Kept(new WeakReference<>(state), made));
        return made;
    }

    private void keep(Question question, Kept made) {
        answers.remove(question);
        if (made.answer().body().length() > ANSWER_BYTES_MAX) {
            return;
        }
        if (answers.size() == ANSWERS_MAX) {
            answers.remove(oldest());
        }
        answers.put(question, made);
    }

    private Question oldest() {
        return answers.keySet().iterator().next();
    }
}
