/**
 * What a running server does to its own log: compact it, change its backend, try another one in its shadow.
 *
 * <p>All three are one thing. The log is never changed in place: another one is built beside it, on a thread of its own, by
 * reading the log itself. It catches up, is compared entry by entry, and may then take over between two batches. What it has
 * not read yet lies in the log and nowhere else, so it needs no queue: however slow it is, it costs the log neither memory nor
 * a wait. What is not what it should be, or falls behind for good, is dropped with a report; the log goes on as if it had never
 * been.
 *
 * <p>{@code LiveLog} is the {@code LogStore} that Raft sees. {@code Build} is one such building, {@code Mirror} its copying and
 * comparing, {@code Pace} what keeps it out of the log's way. {@code LogOperations} is what operators and timers call.
 *
 * <p>Callers: the composition root makes it; gRPC and metrics ask it. Knows {@code dev.coord.wal} alone, and no Raft.
 *
 * <p>Threads: {@code coord-log-beside}, one, only while something is built: it alone writes the log beside. {@code
 * coord-log-tick}, one: looks whether a compaction is due. Mutations of the log come from Raft's log thread; for the moment of a
 * take-over that one waits for the builder, never else.
 */
@NullMarked
package dev.coord.server.log;

import org.jspecify.annotations.NullMarked;
