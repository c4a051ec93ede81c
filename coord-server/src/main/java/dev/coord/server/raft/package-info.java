/**
 * Consensus: the only package that knows JRaft. Commands go into a log that a majority has on disk, and every server applies
 * them in one order.
 *
 * <p>Callers: the composition root opens, starts and closes {@link dev.coord.server.raft.RaftConsensus}; everybody else
 * sees the interfaces that it implements, {@code CommandExecutor}, {@code StateReader}, {@code ClusterView} and {@code
 * LeaseChannel}.
 *
 * <p>The parts: {@code RaftServer} wires them. {@code CommandRouter} brings a command to the leader, {@code
 * CommandStateMachine} applies it, {@code LinearizableReads} and {@code LeaseRouter} answer reads and renewals, {@code
 * Membership} and {@code Formation} know who belongs, {@code Admission} who may come in, {@code ServerChanges} what an operator
 * does to them. Below JRaft: {@code WalLogStorage} (the log), {@code VoteStorage} (term
 * and vote), {@code SnapshotFiles}; beside it {@code PeerTransport}, {@code PeerConnection} and {@code PeerService} (the
 * messages between servers). {@code SlowDisk} judges the log's disk and names a better leader. {@code Failure} is the one way down.
 *
 * <p>Threads of ours:
 *
 * <ul>
 *   <li>{@code coord-raft-tick}, one: lets calls time out, opens broken connections, tries held commands again, greets other
 *       servers. Never waits for a disk or another server.
 *   <li>{@code coord-raft-rpc}, eight at most: handle other servers' Raft messages, which may wait for JRaft's locks and,
 *       installing a snapshot, for a download; changes of voters.
 *   <li>{@code coord-raft-files}, one: writes snapshots.
 *   <li>{@code coord-leadership}, one: tells the listeners.
 *   <li>{@code coord-formation}, one, only while a server without data looks for its cluster.
 *   <li>gRPC's event loops: carry messages and hand them over; nothing may block them.
 * </ul>
 *
 * <p>Threads of JRaft's that run our code: its state machine's ({@code JRaft-FSMCaller-Disruptor}: alone writes the state,
 * publishes, completes the futures), its log's ({@code JRaft-LogManager-Disruptor}: alone changes the log, and waits for the
 * disk), those of its closures. Its other threads (proposals, reads, timers, replication) run its own code alone.
 */
@NullMarked
package dev.coord.server.raft;

import org.jspecify.annotations.NullMarked;
