package dev.coord.server.grpc;

import dev.coord.server.command.Command;
import dev.coord.server.command.CommandExecutor;
import dev.coord.server.command.CommandResult;
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
    CompletableFuture<CommandResult> execute(Command command) {
        return executor.execute(command).thenApply(result -> {
            if (result.rejection() != null) {
                throw Statuses.of(result.rejection());
            }
            return result;
        });
    }

    /**
     * Proposes what a request asks for and answers it.
     *
     * @param command may throw a status: the request makes no sense
     */
    <T> void answer(Supplier<? extends Command> command, Function<CommandResult, T> answer, StreamObserver<T> out) {
        CompletableFuture<CommandResult> result;
        try {
            result = execute(command.get());
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
