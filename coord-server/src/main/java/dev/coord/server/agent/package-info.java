/**
 * What this server looks after itself, as a Consul agent does: services and checks registered here, kept in the data
 * directory, their checks timed and run, and the catalog kept as they say.
 *
 * <p>Callers: the agent endpoints in {@code http}; the composition root starts and stops it. One thread, {@code coord-agent},
 * owns everything that changes; probes run on Vert.x's event loops.
 */
@NullMarked
package dev.coord.server.agent;

import org.jspecify.annotations.NullMarked;
