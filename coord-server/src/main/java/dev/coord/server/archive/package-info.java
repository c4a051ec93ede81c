/**
 * Snapshot archives as Consul's tools know them: a gzipped tar of {@code meta.json}, {@code state.bin} and {@code SHA256SUMS}.
 *
 * <p>Callers: {@code http} and tools. Everything here does I/O on the caller's thread and starts none; nothing is shared.
 */
@NullMarked
package dev.coord.server.archive;

import org.jspecify.annotations.NullMarked;
