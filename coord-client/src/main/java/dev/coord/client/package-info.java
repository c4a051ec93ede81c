/**
 * The Java client of Coord: keys and values, registration, discovery, watches, sessions and locks.
 *
 * <p>Begin with {@link dev.coord.client.CoordClient#builder()}. One client serves a whole process: it keeps one connection to
 * each server and is safe from any thread.
 *
 * <p>Threads: {@code coord-client-timer} keeps the time and never runs foreign code; futures complete and listeners run on the
 * builder's executor, by default {@code coord-client-N}. A listener is called by one thread at a time, in order.
 */
@NullMarked
package dev.coord.client;

import org.jspecify.annotations.NullMarked;
