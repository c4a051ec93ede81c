/**
 * Checks that belong to the cluster and not to a server: HTTP, TCP and gRPC checks of nodes that say so in their metadata. Which
 * live server runs which of them follows from the replicated state alone, so all servers know it and none has to be told; when
 * one dies, the others have its share.
 *
 * <p>Callers: the composition root starts and stops {@link HeldChecks}, one for each server; the gRPC endpoints ask {@link
 * HeldCheck} who runs what. One thread, {@code coord-held}.
 */
@NullMarked
package dev.coord.server.held;

import org.jspecify.annotations.NullMarked;
