package dev.coord.server.grpc;

import dev.coord.server.watch.Timer;
import dev.coord.streaming.Hub;
import java.util.function.LongSupplier;

/**
 * What a {@link NewestStream} is fed from.
 *
 * @param hub tells of changes
 * @param reads gives the state
 * @param pool what the streams' steps run on
 * @param timer ends their pauses
 * @param nanoClock as {@link System#nanoTime}
 */
record StreamSources(Hub hub, Reads reads, WorkPool pool, Timer timer, LongSupplier nanoClock) {}
