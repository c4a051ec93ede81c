package dev.coord.server.http;

import dev.coord.server.state.State;
import dev.coord.streaming.Subject;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * A read of the replicated state that can be waited on.
 *
 * @param subject changes whenever the answer may
 * @param index of what is asked in a state; rises whenever the answer changes
 * @param answer made once, from the state that is answered from
 * @param isMark the index does not count: any other than the one a client knows is news to it
 */
record StateQuery(Subject subject, ToLongFunction<State> index, Function<State, Answer> answer, boolean isMark) {

    StateQuery(Subject subject, ToLongFunction<State> index, Function<State, Answer> answer) {
        this(subject, index, answer, false);
    }
}
