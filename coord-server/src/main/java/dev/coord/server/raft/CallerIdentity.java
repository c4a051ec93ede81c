package dev.coord.server.raft;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, in the metadata of every call between servers. A caller of another cluster is refused before its message is
 * looked at; one that belongs to no cluster yet may speak, for that is how clusters form and grow.
 *
 * @param clusterId empty while it belongs to none
 * @param raftAddress host:port
 */
record CallerIdentity(String clusterId, String raftAddress) {

    static final Context.Key<CallerIdentity> KEY = Context.key("coord-caller");

    private static final Metadata.Key<String> CLUSTER_ID =
            Metadata.Key.of("coord-cluster-id", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> RAFT_ADDRESS =
            Metadata.Key.of("coord-raft-address", Metadata.ASCII_STRING_MARSHALLER);

    /** Null when a server of the one may talk to a server of the other, else why not. */
    static @Nullable Status refusal(String callerClusterId, String ownClusterId) {
        if (callerClusterId.isEmpty() || ownClusterId.isEmpty() || callerClusterId.equals(ownClusterId)) {
            return null;
        }
        return Status.FAILED_PRECONDITION.withDescription("this server belongs to cluster " + ownClusterId
                + ", the caller to cluster " + callerClusterId
                + ": check the addresses to join; servers of different clusters are never merged");
    }

    /** Puts who we are, at that moment, on every call. */
    static ClientInterceptor sender(Supplier<CallerIdentity> self) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        CallerIdentity identity = self.get();
                        headers.put(CLUSTER_ID, identity.clusterId());
                        headers.put(RAFT_ADDRESS, identity.raftAddress());
                        super.start(listener, headers);
                    }
                };
            }
        };
    }

    /** Refuses callers of another cluster and hands the others' identity on in {@link #KEY}. */
    static ServerInterceptor receiver(Supplier<String> ownClusterId) {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                CallerIdentity caller =
                        new CallerIdentity(orEmpty(headers.get(CLUSTER_ID)), orEmpty(headers.get(RAFT_ADDRESS)));
                Status refusal = refusal(caller.clusterId(), ownClusterId.get());
                if (refusal != null) {
                    call.close(refusal, new Metadata());
                    return new ServerCall.Listener<>() {};
                }
                return Contexts.interceptCall(Context.current().withValue(KEY, caller), call, headers, next);
            }
        };
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }
}
