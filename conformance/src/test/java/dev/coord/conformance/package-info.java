/**
 * Other people's Consul clients, unchanged, against the built image in a process of its own. Nothing of Coord is on this class
 * path, so no library of a client's can get in the way of ours. Runs in {@code mvn verify}, after the image was built.
 */
@NullMarked
package dev.coord.conformance;

import org.jspecify.annotations.NullMarked;
