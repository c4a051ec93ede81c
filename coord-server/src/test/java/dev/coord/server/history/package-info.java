/**
 * Judges what clients saw while a cluster was disturbed: is it what one copy of the data, changed by one operation after the
 * other, could have answered? For tests alone; knows no server. One thread for each check.
 */
@NullMarked
package dev.coord.server.history;

import org.jspecify.annotations.NullMarked;
