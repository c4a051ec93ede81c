/**
 * What clients are held to, whichever protocol they speak: connections, sizes, requests a second. Changeable while running.
 *
 * <p>Callers: {@code http} and {@code grpc} ask before they serve; the composition root changes. Every call is a few
 * instructions, from any thread; nothing blocks.
 */
@NullMarked
package dev.coord.server.limits;

import org.jspecify.annotations.NullMarked;
