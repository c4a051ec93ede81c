/**
 * The hub: who wants to know of what, and how they get to know it without slowing anyone else.
 *
 * <p>Callers: the server's Raft package publishes; its HTTP and gRPC packages subscribe. Knows no KV, no wire format and
 * no Raft: a subject is a topic and a key, an event a revision and opaque changes. Threads: one owning thread for each
 * shard, named {@code coord-shard-N}; publishers and subscribers bring their own.
 */
@NullMarked
package dev.coord.streaming;

import org.jspecify.annotations.NullMarked;
