package dev.coord.server.history;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one key does when operations come one after the other. States are immutable values with {@code equals}.
 *
 * @param <S> state
 * @param <A> what is asked
 * @param <R> what is answered
 */
public interface Model<S, A, R> {

    S initial();

    /**
     * The states that a key may be in after an operation that gave this answer; none when it could not have given it.
     *
     * @param answer null: unknown, any would do
     */
    Set<S> step(S state, A asked, @Nullable R answer);
}
