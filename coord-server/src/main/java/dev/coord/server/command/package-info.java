/**
 * What can be asked of the replicated state, and of whom: the sealed commands, their codec for the log, and the interfaces
 * behind which consensus stands.
 *
 * <p>Callers: every endpoint family, the agent and the leases. Holds no state and starts no threads; everything here is
 * immutable or an interface that says whose thread calls.
 */
@NullMarked
package dev.coord.server.command;

import org.jspecify.annotations.NullMarked;
