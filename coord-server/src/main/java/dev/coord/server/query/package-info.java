/**
 * Reads over the replicated state that are more than a lookup: prepared queries, and sorting by round-trip time.
 *
 * <p>Callers: {@code http}, and whoever answers {@code NAME.query.consul}. Everything here is a function of the state that it
 * is given, starts no threads, never blocks, and is safe from any thread.
 */
@NullMarked
package dev.coord.server.query;

import org.jspecify.annotations.NullMarked;
