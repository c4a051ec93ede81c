/**
 * Whether there is room on the disk: a state in which what would fill it is refused, before the disk is full and the log fails.
 *
 * <p>Callers: the composition root, {@code http} to show it. One thread, {@code coord-space}, looks at the disk and writes the
 * ballast; what is asked meanwhile reads one volatile field.
 */
@NullMarked
package dev.coord.server.space;

import org.jspecify.annotations.NullMarked;
