/**
 * The {@code lmdb} backend: a copy-on-write B+tree in a memory-mapped file. A batch is one transaction.
 *
 * <p>Layout of the one, unnamed database; keys are native 64-bit integers:
 *
 * <pre>
 * key 0      the range record, see RangeRecord: written when a log is truncated or reset, not when it is appended to
 * key i > 0  the entry at index i, see ValueCodec
 * </pre>
 *
 * <p>A truncation writes the new range first and deletes in transactions of bounded size after it; one that was
 * interrupted goes on when the log is opened.
 *
 * <p>What the engine does not allow: damage inside its own pages is not covered by a checksum of ours and may end the
 * process; a damaged value is found, but named by its index, for the engine hides where it lies. The file never shrinks
 * by itself.
 *
 * <p>Threads: starts none. Mutations come from one thread at a time, reads from any, up to a limit.
 */
@NullMarked
package dev.coord.wal.lmdb;

import org.jspecify.annotations.NullMarked;
