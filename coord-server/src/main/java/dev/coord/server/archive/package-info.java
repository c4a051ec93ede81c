/**
 * Snapshot archives as Consul's tools know them: a gzipped tar of {@code meta.json}, {@code state.bin} and {@code SHA256SUMS}.
 *
 * <p>Callers: {@code http}, tools and the composition root. I/O is done on the caller's thread, but for {@link
 * dev.coord.server.archive.ScheduledArchives}, which has one of its own.
 */
@NullMarked
package dev.coord.server.archive;

import org.jspecify.annotations.NullMarked;
