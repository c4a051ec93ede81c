/**
 * What can be had of a server's data without a server: the newest good snapshot and the log after it, put together by the very
 * code that servers run, out of whole, partial or damaged directories. Reads only; never writes to what it reads.
 *
 * <p>Callers: tools. Everything does I/O on the caller's thread and may take as long as reading the whole log takes. States are
 * immutable and safe from any thread; everything else is for one.
 */
@NullMarked
package dev.coord.server.rescue;

import org.jspecify.annotations.NullMarked;
