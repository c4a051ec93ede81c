/**
 * The log in memory: the executable specification that the model test compares every other backend with, and a backend
 * for tests and trials. Called by whoever opens a log; starts no thread.
 */
@NullMarked
package dev.coord.wal.memory;

import org.jspecify.annotations.NullMarked;
