/**
 * Rollouts of the servers' features: in steps, judged by what the servers measure of themselves, undone by themselves.
 *
 * <p>Callers: {@code http} and the composition root. A rollout is replicated state; the leader alone moves it on, each step
 * and its flag in one command.
 *
 * <p>Threads: {@code coord-rollouts} judges once a second while this server leads; {@code coord-signals} samples on every
 * server; what callers ask for runs on theirs and never blocks.
 */
@NullMarked
package dev.coord.server.rollout;

import org.jspecify.annotations.NullMarked;
