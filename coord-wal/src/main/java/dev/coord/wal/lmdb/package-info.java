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
 * <p>Beside it {@code WATERMARK} says which transaction was acknowledged last (see SequenceMark): the engine takes the
 * older of its two header pages for the truth when the newer one is damaged.
 *
 * <p>What the engine does not allow: its pages have no checksums, and it follows a wrong number in one of them out of its
 * map, which ends the process. So every page that it would follow is looked at before the file is mapped, see PageCheck;
 * damage that comes while the log is open is not covered. The file never shrinks by itself.
 *
 * <p>Threads: starts none. Mutations come from one thread at a time, reads from any, up to a limit.
 */
@NullMarked
package dev.coord.wal.lmdb;

import org.jspecify.annotations.NullMarked;
