/**
 * The {@code mapdb} backend: a page store with free lists, in the manner of BoltDB. A batch is one commit.
 *
 * <p>Layout: one tree map from a 64-bit index to bytes that lie outside of its nodes.
 *
 * <pre>
 * key 0      the range record, see RangeRecord: written when a log is truncated or reset, not when it is appended to
 * key i > 0  a run of entries, the first at index i, see BatchCodec
 * </pre>
 *
 * <p>A truncation writes the new range first and deletes in commits of bounded size after it; one that was interrupted
 * goes on when the log is opened.
 *
 * <p>What the engine does not allow: it holds its locks while it commits, so a reader of entries that are not among the
 * last may wait for a sync. Damage inside its own pages is found late or as an odd exception. Its journal is a file made
 * and deleted in each commit without its directory being synced: proof against the death of the process, not against loss
 * of power.
 *
 * <p>Threads: starts none. Mutations come from one thread at a time, reads from any.
 */
@NullMarked
package dev.coord.wal.mapdb;

import org.jspecify.annotations.NullMarked;
