package dev.coord.server.tls;

import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * What gRPC makes TLS connections from, once for all, and yet can be replaced: a connection keeps what it began with, the next
 * one begins with what there is then. A session of before is not resumed after, for each context knows its own alone. Safe from
 * any thread.
 */
public final class RenewableSslContext extends SslContext {

    private volatile SslContext current;

    public RenewableSslContext(SslContext first) {
        this.current = first;
    }

    /** @throws IllegalArgumentException when one is for clients, the other for servers */
    public void renew(SslContext next) {
        if (next.isClient() != isClient()) {
            throw new IllegalArgumentException(
                    "a context of clients in place of one of servers, or the other way round");
        }
        current = next;
    }

    @Override
    public boolean isClient() {
        return current.isClient();
    }

    @Override
    public List<String> cipherSuites() {
        return current.cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // of Netty's abstract class: whoever extends it must answer
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return current.applicationProtocolNegotiator();
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator) {
        return current.newEngine(allocator);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
        return current.newEngine(allocator, peerHost, peerPort);
    }

    @Override
    public SSLSessionContext sessionContext() {
        return current.sessionContext();
    }
}
