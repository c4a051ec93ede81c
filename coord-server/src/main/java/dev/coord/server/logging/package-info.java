/**
 * Files of log lines: the server's log and the audit log are kept in such.
 *
 * <p>Callers: the start of a server, which sets the logging up, and the audit log. No threads of its own.
 */
@NullMarked
package dev.coord.server.logging;

import org.jspecify.annotations.NullMarked;
