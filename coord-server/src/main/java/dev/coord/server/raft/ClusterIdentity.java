package dev.coord.server.raft;

import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The cluster, and the generation of it, that this server is of, and whom it therefore talks to. A generation begins when a
 * cluster has lost its majority and goes on with what one server had: servers of the one before may have acknowledged other
 * things, so they must never be heard again. One that finds out that it is such a server stops.
 *
 * <p>Safe from any thread; nothing blocks but {@link #belongTo}.
 */
final class ClusterIdentity implements CallerIdentity.Self {

    private final DataDirectory directory;
    private final Supplier<String> raftAddress;
    private final Failure failure;
    /** The newest generation named by those who let this server in, while it belongs to no cluster. */
    private final AtomicLong heard = new AtomicLong();

    ClusterIdentity(DataDirectory directory, Supplier<String> raftAddress, Failure failure) {
        this.directory = directory;
        this.raftAddress = raftAddress;
        this.failure = failure;
    }

    String clusterId() {
        return directory.identity().clusterId();
    }

    long generation() {
        return directory.identity().generation();
    }

    @Override
    public CallerIdentity get() {
        ServerIdentity own = directory.identity();
        return new CallerIdentity(own.clusterId(), own.generation(), raftAddress.get());
    }

    /** What goes with a refusal, so that the caller learns by whom. */
    Metadata trailers() {
        Metadata trailers = new Metadata();
        get().writeTo(trailers);
        return trailers;
    }

    /** Null when the caller may speak, else why not. */
    @Nullable
    Status refusal(CallerIdentity caller) {
        CallerIdentity own = get();
        if (own.clusterId().isEmpty()) {
            heard.accumulateAndGet(caller.generation(), Math::max);
            return null;
        }
        if (caller.clusterId().isEmpty()) {
            return null;
        }
        if (!own.isOfClusterOf(caller)) {
            return Status.FAILED_PRECONDITION.withDescription("this server belongs to cluster " + own.clusterId()
                    + ", the caller to cluster " + caller.clusterId()
                    + ": check the addresses to join; servers of different clusters are never merged");
        }
        if (caller.raftAddress().isEmpty() || caller.generation() == own.generation()) {
            return null;
        }
        stopIfLeftBehind(own, caller);
        return Status.FAILED_PRECONDITION.withDescription("this server is of generation " + own.generation()
                + " of cluster " + own.clusterId() + ", the caller of generation " + caller.generation()
                + ": the older one's data is not part of the cluster any more; move it away and join with an empty"
                + " directory");
    }

    @Override
    public void refusedBy(CallerIdentity other) {
        CallerIdentity own = get();
        if (own.isOfClusterOf(other)) {
            stopIfLeftBehind(own, other);
        }
    }

    private void stopIfLeftBehind(CallerIdentity own, CallerIdentity other) {
        if (other.generation() > own.generation() && !failure.failed()) {
            String message = "what this server has in " + directory.path().toAbsolutePath() + " is of generation "
                    + own.generation() + " of cluster " + own.clusterId()
                    + ", which has lost its majority and has gone on as generation " + other.generation()
                    + " without it (as the server at " + other.raftAddress()
                    + " says). Move the directory away and start with an empty one; 'coord recover verify' shows what it"
                    + " had that the cluster has not";
            failure.fail(message, new IllegalStateException(message));
        }
    }

    /** Once in the life of a directory: its first state says which cluster it is of. */
    void belongTo(String clusterId) throws IOException {
        directory.setCluster(clusterId, heard.get());
    }
}
