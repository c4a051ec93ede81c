package dev.coord.server.grpc;

import dev.coord.api.v1.Consistency;
import dev.coord.server.acl.Authorizer;
import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
import dev.coord.server.state.State;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Brings requests through the log. Safe from any thread. */
final class Writes {

    private final CommandExecutor executor;

    Writes(CommandExecutor executor) {
        this.executor = executor;
    }

    /** Proposes; what the state refuses fails the future with its gRPC status. */
    CompletableFuture<CommandResult> execute(Caller caller, Command command) {
        return executor.execute(command, caller.client()).thenApply(result -> {
            if (result.rejection() != null) {
                throw Statuses.of(result.rejection());
            }
            return result;
        });
    }

    /** Looks whether a caller may do something. */
    interface Vet {
        /** Throws {@link dev.coord.server.acl.AccessException} when not. */
        void require(Authorizer may, State state, Command command);
    }

    /** The same where what a caller may do depends on what is there: for those who may not do everything, reads first. */
    <T> void answerKnowing(
            Reads reads,
            Caller caller,
            Supplier<? extends Command> command,
            Vet vet,
            Function<CommandResult, T> answer,
            StreamObserver<T> out) {
        if (!caller.restricted()) {
            answer(caller, command, answer, out);
            return;
        }
        Completion.of(reads.state(Consistency.CONSISTENCY_LINEARIZABLE), (state, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
                return;
            }
            answer(
                    caller,
                    () -> {
                        Command asked = command.get();
                        vet.require(caller.in(state), state, asked);
                        return asked;
                    },
                    answer,
                    out);
        });
    }

    /**
     * Proposes what a request asks for and answers it.
     *
     * @param command may throw a status: the request makes no sense
     */
    <T> void answer(
            Caller caller,
            Supplier<? extends Command> command,
            Function<CommandResult, T> answer,
            StreamObserver<T> out) {
        CompletableFuture<CommandResult> result;
        try {
            result = execute(caller, command.get());
        } catch (IllegalArgumentException e) {
            out.onError(Statuses.invalid(String.valueOf(e.getMessage())));
            return;
        } catch (RuntimeException e) {
            out.onError(Statuses.of(e));
            return;
        }
        Completion.of(result, (done, failure) -> {
            if (failure != null) {
                out.onError(Statuses.of(failure));
            } else {
                out.onNext(answer.apply(done));
                out.onCompleted();
            }
        });
    }
}
