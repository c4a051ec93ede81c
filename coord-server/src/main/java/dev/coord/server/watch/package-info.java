/**
 * Where the state meets the hub: the subjects that changes are published under, the publications made of changes, and the
 * blocking query that HTTP and gRPC share.
 *
 * <p>Callers: {@code raft} publishes after it has applied; {@code http} and {@code grpc} wait and follow. Holds no state of
 * its own; everything runs on the caller's or the hub's threads.
 */
@NullMarked
package dev.coord.server.watch;

import org.jspecify.annotations.NullMarked;
