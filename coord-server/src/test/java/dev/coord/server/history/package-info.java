/**
 * Judges what clients saw while a cluster was disturbed: is it what one copy of the data, changed by one operation after the
 * other, could have answered? And were subscribers told what was applied? For tests alone. One thread for each check.
 */
@NullMarked
package dev.coord.server.history;

import org.jspecify.annotations.NullMarked;
