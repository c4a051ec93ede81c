/**
 * Where the state meets the hub: the subjects that changes are published under, the publications made of changes, and the
 * blocking query that HTTP and gRPC share.
 *
 * <p>Callers: {@code raft} publishes after it has applied; {@code http} and {@code grpc} wait and follow. Starts no thread:
 * the hub and the timer call, and hand over to the executor that the asker gave.
 */
@NullMarked
package dev.coord.server.watch;

import org.jspecify.annotations.NullMarked;
