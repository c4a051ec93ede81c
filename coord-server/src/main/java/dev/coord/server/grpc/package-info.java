/**
 * The gRPC API: {@code coord.v1}, {@code grpc.health.v1} and reflection, one class for each service.
 *
 * <p>Caller: the composition root makes one {@link dev.coord.server.grpc.GrpcApi}. Nothing here holds state of its own but the
 * open streams.
 *
 * <p>Threads: handlers run on gRPC's event loops and never block; what they wait for is a future, answered on the thread that
 * completes it. Work that grows with the data (lists, instances, snapshots, watch frames) runs on {@code coord-grpc-N}, a
 * small fixed pool. One timer, {@code coord-grpc-timer}, follows the leader for the health service and tells idle watches
 * to send a bookmark.
 */
@NullMarked
package dev.coord.server.grpc;

import org.jspecify.annotations.NullMarked;
