/**
 * One directory of files: the seam through which backends touch the disk, so that tests can crash it, fill it or let a
 * sync fail. Called by the backends that write their files themselves. Starts no thread.
 */
@NullMarked
package dev.coord.wal.disk;

import org.jspecify.annotations.NullMarked;
