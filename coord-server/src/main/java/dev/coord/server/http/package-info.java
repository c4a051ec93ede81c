/**
 * Consul's HTTP API. {@link dev.coord.server.http.HttpApi} listens; a class for each endpoint family answers; query options,
 * errors, JSON in and out and blocking each have one place.
 *
 * <p>Callers: the composition root makes the families and the server. Threads: Vert.x event loops, and {@code coord-http-timer}, which
 * only hands ended waits over to them. Every request stays
 * on the event loop of its connection; what completes elsewhere hops back there before it touches the request. Nothing here
 * blocks, but that an event loop which needs a shared answer waits while another one makes it.
 */
@NullMarked
package dev.coord.server.http;

import org.jspecify.annotations.NullMarked;
