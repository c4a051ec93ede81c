package dev.coord.tools;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A gRPC channel to each server, for as long as a test lasts. Any thread. */
final class ServerChannels implements AutoCloseable {

    private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();

    /** Tries to connect at once, however often it failed before. */
    Channel to(ServerUnderTest server) {
        ManagedChannel channel = channels.computeIfAbsent(
                server.grpcAddress(), address -> Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                        .build());
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff();
        }
        return channel;
    }

    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }
}
