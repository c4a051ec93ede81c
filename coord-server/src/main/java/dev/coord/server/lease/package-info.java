/**
 * What only the leader does and only its memory knows: session TTLs, the TTL checks that belong to the cluster, the health of
 * the servers. What expires becomes a proposed command; a new leader gives every lease a whole TTL again.
 *
 * <p>Callers: the HTTP and gRPC endpoints through {@link dev.coord.server.command.Leases}; the composition root starts and
 * stops it. One thread, {@code coord-lease}.
 */
@NullMarked
package dev.coord.server.lease;

import org.jspecify.annotations.NullMarked;
