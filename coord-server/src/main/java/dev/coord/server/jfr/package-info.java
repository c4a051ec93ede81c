/**
 * What a flight recording of a server shows: the stages of a write. Events are made by the threads that do the work; while
 * nothing records, each costs one look at a flag. Names and units are promised: {@code docs/observability.md} lists them.
 *
 * <p>Callers: {@code raft}, which does the work. Knows nobody.
 */
@NullMarked
package dev.coord.server.jfr;

import org.jspecify.annotations.NullMarked;
