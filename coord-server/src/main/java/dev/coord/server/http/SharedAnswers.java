package dev.coord.server.http;

import dev.coord.server.acl.Authorizer;
import dev.coord.server.state.State;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gives the same answer to equal blocking queries that find the same index, if those who ask may do the same, so that a
 * thousand watchers who wake at once cost one JSON, whatever event loops they are on and whatever is written meanwhile. Keeps
 * the last few. An event loop that needs what another one is making waits for it: not longer than it would take to make it
 * itself.
 */
final class SharedAnswers {

    private static final int ANSWERS_MAX = 64;
    /** Of all answers that are kept; a larger one is shared by those who need it while it is made, and not kept. */
    private static final int BYTES_MAX = 32 * 1024 * 1024;

    private final BooleanSupplier on;
    private final Map<Question, Shared> answers = new ConcurrentHashMap<>();

    /** The same, the oldest first, with their sizes. Under this object's lock, as is the sum. */
    private final LinkedHashMap<Question, Sized> kept = new LinkedHashMap<>();

    private long bytes;

    /** @param on while it says false, every answer is made for itself; safe from any thread */
    SharedAnswers(BooleanSupplier on) {
        this.on = on;
    }

    /**
     * What is asked: the URI but for since when and how long.
     *
     * @param rights by which the answer is made
     */
    private record Question(String what, Authorizer rights) {}

    private record Sized(Shared shared, int bytes) {}

    /** An answer made at first need. */
    private static final class Shared {

        private final long index;
        private final long revision;
        private final long restoredAt;
        /** Written once, under this object's lock. */
        private volatile @Nullable Answer answer;

        Shared(long index, State state) {
            this.index = index;
            this.revision = state.revision();
            this.restoredAt = state.restoredAt();
        }

        /** An index rises whenever the answer changes; but where the state went back it may be of another history. */
        boolean answers(long otherIndex, State state) {
            return index == otherIndex && revision <= state.revision() && restoredAt == state.restoredAt();
        }
    }

    /**
     * The answer to a query.
     *
     * @param uri of the request
     * @param rights by which the answer is made
     * @param index of what is asked, in the state
     */
    Answer answer(String uri, Authorizer rights, long index, State state, Function<State, Answer> make) {
        if (!on.getAsBoolean()) {
            forget();
            return make.apply(state);
        }
        Question question = new Question(withoutWait(uri), rights);
        Shared known = answers.get(question);
        Shared shared = known != null && known.answers(index, state) ? known : newest(question, index, state);
        Answer answer = shared.answer;
        return answer != null ? answer : made(question, shared, state, make);
    }

    /** Costs nothing when nothing is kept. */
    private void forget() {
        if (!answers.isEmpty()) {
            synchronized (this) {
                answers.clear();
                kept.clear();
                bytes = 0;
            }
        }
    }

    private Shared newest(Question question, long index, State state) {
        return answers.compute(
                question,
                (same, before) -> before != null && before.answers(index, state) ? before : new Shared(index, state));
    }

    private Answer made(Question question, Shared shared, State state, Function<State, Answer> make) {
        synchronized (shared) {
            Answer answer = shared.answer;
            if (answer == null) {
                try {
                    answer = make.apply(state);
                } finally {
                    if (answer == null) {
                        answers.remove(question, shared);
                    }
                }
                shared.answer = answer;
                keep(question, shared, answer.body().length());
            }
            return answer;
        }
    }

    private synchronized void keep(Question question, Shared shared, int size) {
        Sized before = kept.remove(question);
        bytes -= before == null ? 0 : before.bytes();
        if (size > BYTES_MAX) {
            answers.remove(question, shared);
            return;
        }
        kept.put(question, new Sized(shared, size));
        bytes += size;
        Iterator<Map.Entry<Question, Sized>> oldest = kept.entrySet().iterator();
        while (kept.size() > ANSWERS_MAX || bytes > BYTES_MAX) {
            Map.Entry<Question, Sized> gone = oldest.next();
            oldest.remove();
            bytes -= gone.getValue().bytes();
            answers.remove(gone.getKey(), gone.getValue().shared());
        }
    }

    /** The URI without the parameters that do not change what is answered. */
    static String withoutWait(String uri) {
        int query = uri.indexOf('?');
        if (query < 0) {
            return uri;
        }
        StringBuilder what = new StringBuilder(uri.length()).append(uri, 0, query);
        char separator = '?';
        int from = query + 1;
        while (from <= uri.length()) {
            int end = uri.indexOf('&', from);
            end = end < 0 ? uri.length() : end;
            if (!uri.startsWith("index=", from) && !uri.startsWith("wait=", from)) {
                what.append(separator).append(uri, from, end);
                separator = '&';
            }
            from = end + 1;
        }
        return what.toString();
    }
}
