/**
 * The {@code mapdb} backend: a page store with free lists, in the manner of BoltDB. A batch is one commit, one write and
 * one sync.
 *
 * <h2>Files</h2>
 *
 * <pre>
 * log.mapdb           the engine's file: one tree map from a 64-bit index to bytes that lie outside of its nodes
 * log.mapdb.journal   commits that the engine's file need not hold yet (see JournalCodec)
 * WATERMARK           the last commit that was acknowledged (see SequenceMark)
 *
 * key 0      the range record, see RangeRecord: written when a log is truncated or reset, not when it is appended to
 * key i > 0  a run of entries, the first at index i, see BatchCodec
 * </pre>
 *
 * <p>A truncation writes the new range first and deletes in commits of bounded size after it; one that was interrupted
 * goes on when the log is opened.
 *
 * <h2>Crash argument</h2>
 *
 * <ul>
 *   <li>The engine writes into memory. A commit puts the changed blocks of 512 bytes into the journal as one record,
 *       syncs it, and writes them into the engine's file after that: a crash at any point leaves the record whole, or
 *       torn and not acknowledged. Opening writes what the journal holds into the engine's file again and syncs it.
 *   <li>When the journal is full the engine's file is synced, then the journal's header says so and is synced, then the
 *       journal is written from its start again. Records of earlier rounds have sequences that no longer follow.
 *   <li>A torn record and a damaged one look alike. It is damage if the watermark lies beyond, or a later record is there.
 * </ul>
 *
 * <p>What the engine does not allow: its own pages have no checksums, only parity bits; damage in them is found as a
 * broken tree or a gap when the log is opened, or as an entry that does not match its own checksum.
 *
 * <p>Threads: starts none. Mutations come from one thread at a time, reads from any and never wait for a sync.
 */
@NullMarked
package dev.coord.wal.mapdb;

import org.jspecify.annotations.NullMarked;
