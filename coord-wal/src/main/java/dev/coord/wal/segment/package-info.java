/**
 * The {@code segment} backend: append-only files, one write and one sync for a batch.
 *
 * <h2>Files</h2>
 *
 * <pre>
 * MANIFEST                  which extents of which files make up the log: the truth, replaced as a whole (see ManifestCodec)
 * segment-0000000001.log    entries (see FrameCodec); any number of these
 * WATERMARK                 how far appends have been acknowledged (see Watermark)
 * </pre>
 *
 * <h2>Extents</h2>
 *
 * An <em>extent</em> is a run of entries that lie one after another in one file. The manifest lists the extents in index
 * order; all but the last are sealed: their end is in the manifest. Every extent has a salt of its own, unique in the
 * log, that goes into each checksum. Within an extent no byte is ever written twice. Whatever would overwrite old bytes
 * (an append after a truncation, after a reset, after a crash, or into a recycled file) begins a new extent first, so
 * bytes left behind by another extent never match: they can't come back to life. With salts that differ within 32 bits a
 * CRC32C always differs, so this is certain and not merely likely.
 *
 * <h2>Crash argument</h2>
 *
 * <ul>
 *   <li>Append: the entries of a batch are acknowledged after the sync. A crash before it leaves any subset of the
 *       written sectors. Recovery keeps the entries up to the first that does not match, and the next append begins a
 *       new extent there.
 *   <li>Truncation and reset are nothing but a new manifest, written beside, synced, renamed, its directory synced. A
 *       file is used again or deleted only after the manifest without it is durable.
 *   <li>A torn tail and a damaged one look alike where they stop. It is damage if the watermark lies beyond, or if a
 *       later batch is there (its first frame is flagged as such and a batch is only written after the one before was
 *       synced). The watermark is written after each sync and not synced itself: it survives the death of the process,
 *       and of the machine up to what the system had written back.
 *   <li>After a failed sync the page cache may show what the disk does not have. So recovery writes what it keeps beyond
 *       the watermark again, and syncs it, before it shows it to anyone.
 * </ul>
 *
 * <p>Assumed of the disk: sync means durable, a rename is atomic, a sector that is written again with the same bytes
 * does not change.
 *
 * <p>Threads: starts none. Mutations come from one thread at a time, reads from any.
 */
@NullMarked
package dev.coord.wal.segment;

import org.jspecify.annotations.NullMarked;
