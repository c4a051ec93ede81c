/**
 * The write-ahead log: {@link dev.coord.wal.LogStore} is the whole contract, a package below this one each backend.
 *
 * <p>Callers: the server's Raft adapter, the tools and the benchmarks. Knows nothing of Raft, commands or keys: an entry
 * is an index, a term and opaque bytes. Starts no threads but those a backend names in its own package.
 */
@NullMarked
package dev.coord.wal;

import org.jspecify.annotations.NullMarked;
