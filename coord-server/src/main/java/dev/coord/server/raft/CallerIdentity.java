package dev.coord.server.raft;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, in the metadata of every call between servers. A caller of another cluster, or of another generation of this one,
 * is refused before its message is looked at; one that belongs to no cluster yet may speak, for that is how clusters form and
 * grow.
 *
 * @param clusterId empty while it belongs to none
 * @param generation how often the cluster was begun anew with what one server had, as far as the caller knows
 * @param raftAddress host:port; empty: an agent, which has no data that could be of a wrong generation
 */
record CallerIdentity(String clusterId, long generation, String raftAddress) {

    static final Context.Key<CallerIdentity> KEY = Context.key("coord-caller");

    private static final Metadata.Key<String> CLUSTER_ID =
            Metadata.Key.of("coord-cluster-id", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> GENERATION =
            Metadata.Key.of("coord-cluster-generation", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> RAFT_ADDRESS =
            Metadata.Key.of("coord-raft-address", Metadata.ASCII_STRING_MARSHALLER);

    /** Whom a server or an agent says it is. */
    @FunctionalInterface
    interface Self {
        CallerIdentity get();

        /** A call was refused by a server that is this one. Must not block. */
        default void refusedBy(CallerIdentity other) {}
    }

    /** As the other side reads it. */
    void writeTo(Metadata headers) {
        headers.put(CLUSTER_ID, clusterId);
        headers.put(RAFT_ADDRESS, raftAddress);
        if (generation > 0) {
            headers.put(GENERATION, Long.toString(generation));
        }
    }

    static CallerIdentity of(Metadata headers) {
        return new CallerIdentity(
                orEmpty(headers.get(CLUSTER_ID)),
                generation(headers.get(GENERATION)),
                orEmpty(headers.get(RAFT_ADDRESS)));
    }

    /** True when both are of one cluster, and neither is of none. */
    boolean isOfClusterOf(CallerIdentity other) {
        return !clusterId.isEmpty() && clusterId.equals(other.clusterId);
    }

    /** Puts who we are, at that moment, on every call. */
    static ClientInterceptor sender(Self self) {
        return new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        self.get().writeTo(headers);
                        super.start(new RefusalListener<>(listener, self), headers);
                    }
                };
            }
        };
    }

    private static final class RefusalListener<A> extends SimpleForwardingClientCallListener<A> {

        private final Self self;

        RefusalListener(ClientCall.Listener<A> listener, Self self) {
            super(listener);
            this.self = self;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.getCode() == Status.Code.FAILED_PRECONDITION) {
                self.refusedBy(of(trailers));
            }
            super.onClose(status, trailers);
        }
    }

    /** Refuses callers of another cluster and hands the others' identity on in {@link #KEY}. */
    static ServerInterceptor receiver(ClusterIdentity own) {
        return new ServerInterceptor() {
            @Override
            public <Q, A> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                CallerIdentity caller = of(headers);
                Status refusal = own.refusal(caller);
                if (refusal != null) {
                    call.close(refusal, own.trailers());
                    return new ServerCall.Listener<>() {};
                }
                return Contexts.interceptCall(Context.current().withValue(KEY, caller), call, headers, next);
            }
        };
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }

    private static long generation(@Nullable String value) {
        try {
            return value == null ? 0 : Long.parseLong(value);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
