/** The same requests to a real Consul and to Coord. Needs the binary, see {@link dev.coord.server.consul.ConsulDifferenceTest}. */
@NullMarked
package dev.coord.server.consul;

import org.jspecify.annotations.NullMarked;
