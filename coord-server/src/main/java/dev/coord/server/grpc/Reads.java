package dev.coord.server.grpc;

import dev.coord.api.v1.Consistency;
import dev.coord.api.v1.Freshness;
import dev.coord.server.command.ClusterView;
import dev.coord.server.state.State;
import dev.coord.server.state.StateReader;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers reads from the state that their consistency asks for. Safe from any thread. */
final class Reads {

    private final StateReader reader;
    private final ClusterView view;
    private final WorkPool pool;

    Reads(StateReader reader, ClusterView view, WorkPool pool) {
        this.reader = reader;
        this.view = view;
        this.pool = pool;
    }

    CompletableFuture<State> state(Consistency consistency) {
        return switch (consistency) {
            case CONSISTENCY_STALE -> CompletableFuture.completedFuture(reader.latest());
            case CONSISTENCY_UNSPECIFIED, CONSISTENCY_LINEARIZABLE -> reader.linearizable();
            case UNRECOGNIZED ->
                CompletableFuture.failedFuture(
                        Statuses.invalid("This server does not know that consistency: use LINEARIZABLE or STALE"));
        };
    }

    State latest() {
        return reader.latest();
    }

    Freshness freshness(State state) {
        return Freshness.newBuilder()
                .setRevision(state.revision())
                .setKnownLeader(view.leader().isPresent())
                .setLastContactMs(view.lastContactMillis())
                .build();
    }

    /** For answers that cost a few microseconds: made on the thread that has the state. */
    <T> void answer(Consistency consistency, Function<State, T> answer, StreamObserver<T> out) {
        Completion.of(state(consistency), (state, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
            } else {
                send(state, answer, out);
            }
        });
    }

    /** For answers that grow with the data: made on the pool. */
    <T> void answerOnPool(Consistency consistency, Function<State, T> answer, StreamObserver<T> out) {
        Completion.of(state(consistency), (state, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
                return;
            }
            try {
                pool.read(() -> send(state, answer, out));
            } catch (RuntimeException refused) {
                out.onError(Statuses.of(refused));
            }
        });
    }

    private static <T> void send(State state, Function<State, T> answer, StreamObserver<T> out) {
        T message;
        try {
            message = answer.apply(state);
        } catch (RuntimeException e) {
            out.onError(Statuses.of(e));
            return;
        }
        out.onNext(message);
        out.onCompleted();
    }
}
