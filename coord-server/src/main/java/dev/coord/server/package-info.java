/**
 * The composition root: configuration, the data directory, and {@link dev.coord.server.CoordServer}, which builds the parts
 * of a server, starts them in order and stops them in reverse.
 *
 * <p>Callers: the command line, and tests that want a whole server in their own process. Nothing below this package knows
 * it. Threads: {@code coord-start} while a server starts; else the caller's.
 */
@NullMarked
package dev.coord.server;

import org.jspecify.annotations.NullMarked;
