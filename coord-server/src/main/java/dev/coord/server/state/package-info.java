/**
 * The replicated state: immutable, deterministic, without I/O, clock, thread or randomness. Time enters as a field of the
 * command. {@link dev.coord.server.state.State#apply} gives the next state and the changes; it publishes nothing.
 *
 * <p>Callers: anybody may read; only {@code raft} (and the local executor of the tests) applies. All types are immutable and
 * safe from any thread.
 */
@NullMarked
package dev.coord.server.state;

import org.jspecify.annotations.NullMarked;
