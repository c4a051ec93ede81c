package dev.coord.server.grpc;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a chain of futures: what fails there is logged, for nobody else would see it. */
final class Completion {

    private static final Logger log = LoggerFactory.getLogger(Completion.class);

    private Completion() {}

    /** Calls {@code then} with the value or the failure, on the thread that completes the future or on this one. */
    static <T> void of(CompletableFuture<T> future, BiConsumer<? super T, @Nullable Throwable> then) {
        CompletableFuture<T> unused = future.whenComplete((value, failure) -> {
            try {
                then.accept(value, failure);
            } catch (RuntimeException e) {
                log.error("An answer of the gRPC API could not be given", e);
            }
        });
    }
}
