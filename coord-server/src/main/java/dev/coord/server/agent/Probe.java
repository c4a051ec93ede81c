package dev.coord.server.agent;

import dev.coord.server.command.CatalogEntries.CheckDefinition;
import dev.coord.server.command.CheckStatus;
import java.util.concurrent.CompletableFuture;

/** Tries once whether something works. Safe from any thread, never blocks. */
public interface Probe extends AutoCloseable {

    /** What a try gave. */
    record Outcome(CheckStatus status, String output) {}

    /** Never fails: whatever goes wrong is a critical outcome. Ends within the check's timeout. */
    CompletableFuture<Outcome> run(CheckDefinition check);

    @Override
    void close();
}
