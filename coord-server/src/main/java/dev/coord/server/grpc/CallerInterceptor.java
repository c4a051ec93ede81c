package dev.coord.server.grpc;

import dev.coord.server.acl.AccessControl;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a call's token, {@code x-consul-token} in its metadata or {@code authorization: Bearer}, and sees to it that no method
 * answers without having asked what the token allows.
 */
final class CallerInterceptor implements ServerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(CallerInterceptor.class);

    private static final Metadata.Key<String> TOKEN =
            Metadata.Key.of("x-consul-token", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String BEARER = "bearer ";
    /** Of libraries, and for everybody. */
    private static final Set<String> OPEN_SERVICES =
            Set.of("grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection");

    /** Of a connection: where it comes from. */
    private static final Attributes.Key<String> CLIENT = Attributes.Key.create("coord-client");

    private final AccessControl access;

    CallerInterceptor(AccessControl access) {
        this.access = access;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (OPEN_SERVICES.contains(String.valueOf(call.getMethodDescriptor().getServiceName()))) {
            return next.startCall(call, headers);
        }
        Caller caller = new Caller(access, access.enabled() ? token(headers) : "", client(call.getAttributes()));
        ServerCall<Q, A> guarded = access.enabled() ? new Guarded<>(call, caller) : call;
        return Contexts.interceptCall(caller.in(Context.current()), guarded, headers, next);
    }

    /** Writes an address as text once for each connection, not for each call. */
    static ServerTransportFilter introduction() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
                return attributes.toBuilder().set(CLIENT, address(attributes)).build();
            }
        };
    }

    private static String address(Attributes attributes) {
        return attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress address
                        && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : "a unix socket";
    }

    private static String client(Attributes attributes) {
        String client = attributes.get(CLIENT);
        return client == null ? address(attributes) : client;
    }

    private static String token(Metadata headers) {
        String token = headers.get(TOKEN);
        return token == null || token.isEmpty() ? bearer(headers.get(AUTHORIZATION)) : token;
    }

    private static String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : "";
    }

    private static final class Guarded<Q, A> extends SimpleForwardingServerCall<Q, A> {

        private final Caller caller;
        private boolean refused;

        Guarded(ServerCall<Q, A> call, Caller caller) {
            super(call);
            this.caller = caller;
        }

        @Override
        public void sendMessage(A message) {
            if (caller.asked()) {
                super.sendMessage(message);
            } else if (!refused) {
                refused = true;
                log.error(
                        "{} never asked what its token allows and is refused: a bug",
                        getMethodDescriptor().getFullMethodName());
                super.close(Status.PERMISSION_DENIED.withDescription("Permission denied"), new Metadata());
            }
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (!refused) {
                super.close(status, trailers);
            }
        }
    }
}
