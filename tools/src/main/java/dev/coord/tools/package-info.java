/**
 * The {@code coord} command line: thin shells over the server, the client library and the log.
 *
 * <p>Callers: the launcher starts {@link dev.coord.tools.Coord}; nobody else. Answers go to standard output, everything else to
 * standard error; exit statuses are {@link dev.coord.server.ExitCode}. Runs on the main thread; a server brings its own.
 */
@NullMarked
package dev.coord.tools;

import org.jspecify.annotations.NullMarked;
