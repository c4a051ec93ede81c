package dev.coord.server.raft;

import io.grpc.ManagedChannel;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;

/** The ways to all other servers, by their Raft address (host:port). Safe from any thread. */
final class PeerConnections implements AutoCloseable {

    private final Function<String, ManagedChannel> channels;
    private final Failure failure;
    private final String owner;
    private final Map<String, PeerConnection> connections = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Consumer<String>> connectedListeners = new CopyOnWriteArrayList<>();

    PeerConnections(Function<String, ManagedChannel> channels, Failure failure, String owner) {
        this.channels = channels;
        this.failure = failure;
        this.owner = owner;
    }

    /** Adds one to be told the address, by a thread that must not be blocked, when a stream has come up. */
    void onConnected(Consumer<String> listener) {
        connectedListeners.add(listener);
    }

    /** The way to a server; made, but not connected, when there is none yet. */
    PeerConnection to(String address) {
        return connections.computeIfAbsent(
                address, a -> new PeerConnection(a, channels.apply(a), failure, owner, this::connected));
    }

    /** How long a server has said nothing, milliseconds; {@link Long#MAX_VALUE} for one that never was connected to. */
    long silentMillis(String address) {
        PeerConnection connection = connections.get(address);
        return connection == null ? Long.MAX_VALUE : connection.silentMillis();
    }

    /** Closes the ways to all servers but these, for they are none of the cluster's any more. */
    void retain(Collection<String> addresses) {
        connections.forEach((address, connection) -> {
            if (!addresses.contains(address) && connections.remove(address, connection)) {
                connection.close();
            }
        });
    }

    private void connected(String address) {
        connectedListeners.forEach(listener -> listener.accept(address));
    }

    void tick() {
        connections.values().forEach(PeerConnection::tick);
    }

    @Override
    public void close() {
        connections.values().forEach(PeerConnection::close);
    }
}
