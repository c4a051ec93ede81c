/**
 * Opening a directory that holds a log, whatever its backend, and the library behind the tools that look after one.
 * Called by the server when it starts and by the tools. Starts no thread.
 */
@NullMarked
package dev.coord.wal.maintenance;

import org.jspecify.annotations.NullMarked;
