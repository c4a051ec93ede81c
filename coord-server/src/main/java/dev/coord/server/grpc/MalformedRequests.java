package dev.coord.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message that is no sound protobuf is the client's fault: INVALID_ARGUMENT. By itself gRPC takes it for an exception of the
 * service's: it answers UNKNOWN, and writes a stack trace to the log for each, so that any client could fill it.
 *
 * <p>Two halves: the services are to be {@linkplain #tolerant made tolerant}, and this has to be the outermost interceptor.
 */
final class MalformedRequests implements ServerInterceptor {

    /** The same service, for which a message that can't be read is null: this interceptor lets none of them through. */
    static ServerServiceDefinition tolerant(ServerServiceDefinition service) {
        ServiceDescriptor as = service.getServiceDescriptor();
        List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
        service.getMethods().forEach(method -> methods.add(tolerant(method)));
        ServiceDescriptor.Builder described =
                ServiceDescriptor.newBuilder(as.getName()).setSchemaDescriptor(as.getSchemaDescriptor());
        methods.forEach(method -> described.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder defined = ServerServiceDefinition.builder(described.build());
        methods.forEach(defined::addMethod);
        return defined.build();
    }

    private static <Q, A> ServerMethodDefinition<Q, A> tolerant(ServerMethodDefinition<Q, A> method) {
        MethodDescriptor<Q, A> as = method.getMethodDescriptor();
        return ServerMethodDefinition.create(
                as.toBuilder(new Tolerant<>(as.getRequestMarshaller()), as.getResponseMarshaller())
                        .build(),
                method.getServerCallHandler());
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (call.getMethodDescriptor().getType().clientSendsOneMessage()) {
            // Nothing has been answered when the only message comes.
            return new Checked<>(next.startCall(call, headers), call.getMethodDescriptor(), call::close);
        }
        Ending<Q, A> ending = new Ending<>(call);
        return new Checked<>(next.startCall(ending, headers), call.getMethodDescriptor(), ending::refuse);
    }

    private interface Refusal {
        void close(Status status, Metadata trailers);
    }

    /** Passes messages on until one can't be read. */
    private static final class Checked<Q> extends SimpleForwardingServerCallListener<Q> {

        private final MethodDescriptor<Q, ?> method;
        private final Refusal refusal;
        private boolean refused;

        Checked(ServerCall.Listener<Q> next, MethodDescriptor<Q, ?> method, Refusal refusal) {
            super(next);
            this.method = method;
            this.refusal = refusal;
        }

        @Override
        public void onMessage(@Nullable Q message) {
            if (refused) {
                return;
            }
            if (message != null) {
                super.onMessage(message);
                return;
            }
            refused = true;
            refusal.close(
                    Status.INVALID_ARGUMENT.withDescription(
                            "a message to " + method.getFullMethodName() + " is no sound protobuf of its type"),
                    new Metadata());
            // What the service had begun is given up.
            super.onCancel();
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                super.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            if (!refused) {
                super.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (!refused) {
                super.onComplete();
            }
        }
    }

    /** A call of several messages: what the service still has to answer when one was refused goes nowhere. */
    private static final class Ending<Q, A> extends SimpleForwardingServerCall<Q, A> {

        private final Object lock = new Object();

        @GuardedBy("lock")
        private boolean ended;

        Ending(ServerCall<Q, A> call) {
            super(call);
        }

        void refuse(Status status, Metadata trailers) {
            close(status, trailers);
        }

        @Override
        public void sendHeaders(Metadata headers) {
            synchronized (lock) {
                if (!ended) {
                    super.sendHeaders(headers);
                }
            }
        }

        @Override
        public void sendMessage(A message) {
            synchronized (lock) {
                if (!ended) {
                    super.sendMessage(message);
                }
            }
        }

        @Override
        public void close(Status status, Metadata trailers) {
            synchronized (lock) {
                if (!ended) {
                    ended = true;
                    super.close(status, trailers);
                }
            }
        }
    }

    /** Gives null for what can't be read. */
    private record Tolerant<T>(MethodDescriptor.Marshaller<T> messages) implements MethodDescriptor.Marshaller<T> {

        @Override
        public InputStream stream(T message) {
            return messages.stream(message);
        }

        @Override
        @SuppressWarnings("NullAway")
        public T parse(InputStream stream) {
            try {
                return messages.parse(stream);
            } catch (StatusRuntimeException malformed) {
                return null;
            }
        }
    }
}
