/**
 * One thread that owns something: a bounded inbox of tasks, and deadlines.
 *
 * <p>Callers: {@code lease} and {@code agent}, one loop each. What a loop's owner keeps is touched by the loop's thread alone,
 * and so needs no lock.
 */
@NullMarked
package dev.coord.server.loop;

import org.jspecify.annotations.NullMarked;
