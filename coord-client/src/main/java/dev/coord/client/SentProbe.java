package dev.coord.client;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/** Tells whether a request may have left this process. One for a call; written by gRPC's threads. */
final class SentProbe extends ClientStreamTracer.Factory {

    private volatile boolean sent;

    @Override
    public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
        return new ClientStreamTracer() {
            @Override
            public void outboundMessage(int sequence) {
                sent = true;
            }
        };
    }

    /** False: surely not. */
    boolean sent() {
        return sent;
    }
}
