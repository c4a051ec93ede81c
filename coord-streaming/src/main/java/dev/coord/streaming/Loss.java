package dev.coord.streaming;

/**
 * Why a shard has no events up to a revision.
 *
 * @param revision up to and with this one, events may be missing
 * @param replaced the state was replaced: what came before doesn't count any more
 */
record Loss(long revision, boolean replaced) {}
