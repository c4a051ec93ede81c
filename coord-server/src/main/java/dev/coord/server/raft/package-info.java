/**
 * Consensus: the only package that knows JRaft.
 *
 * <p>Callers: the composition root opens, starts and closes {@link dev.coord.server.raft.RaftConsensus}; everybody else
 * sees the interfaces it implements.
 */
@NullMarked
package dev.coord.server.raft;

import org.jspecify.annotations.NullMarked;
