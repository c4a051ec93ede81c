package dev.coord.server.grpc;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.coord.server.acl.AccessException;
import dev.coord.server.audit.AuditEvent;
import dev.coord.server.audit.AuditLog;
import dev.coord.server.state.StateReader;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes down each call: every message of the client's, before anything is done for it, and how the call ended. Stands behind the
 * {@link CallerInterceptor}, which knows who calls.
 */
final class AuditInterceptor implements ServerInterceptor {

    /** Fields that say what a message is about; none of them ever holds a secret or a value. */
    private static final Set<String> NAMING = Set.of(
            "key",
            "prefix",
            "name",
            "service",
            "service_name",
            "node",
            "session",
            "session_id",
            "set",
            "flag",
            "feature");

    private static final int NAME_MAX = 1_024;
    /** Messages within messages: a pipeline's request holds the put that holds the key. */
    private static final int DEPTH_MAX = 3;

    private final StateReader states;
    /** Null: nobody asks. Set before the server starts. */
    private volatile @Nullable AuditLog log;

    AuditInterceptor(StateReader states) {
        this.states = states;
    }

    void writeTo(AuditLog audit) {
        log = audit;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        AuditLog audit = log;
        if (audit == null) {
            return next.startCall(call, headers);
        }
        AuditEvent come = new AuditEvent(
                Instant.now(),
                UUID.randomUUID().toString(),
                false,
                "gRPC",
                accessor(),
                from(call),
                call.getMethodDescriptor().getFullMethodName(),
                "",
                "");
        ServerCall<Q, A> followed = new SimpleForwardingServerCall<>(call) {
            @Override
            public void close(Status status, Metadata trailers) {
                audit.record(come.completed(Instant.now(), status.getCode().name()));
                super.close(status, trailers);
            }
        };
        return new SimpleForwardingServerCallListener<>(next.startCall(followed, headers)) {
            @Override
            public void onMessage(Q message) {
                audit.record(come.about(Instant.now(), target(message)));
                super.onMessage(message);
            }

            @Override
            public void onCancel() {
                audit.record(come.completed(Instant.now(), Status.Code.CANCELLED.name()));
                super.onCancel();
            }
        };
    }

    private String accessor() {
        Caller caller = Caller.currentOrNull();
        try {
            return caller == null ? "" : caller.accessor(states.latest());
        } catch (AccessException e) {
            return AuditEvent.UNKNOWN;
        }
    }

    private static String from(ServerCall<?, ?> call) {
        return call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress address
                        && address.getAddress() != null
                ? address.getAddress().getHostAddress() + ":" + address.getPort()
                : "a unix socket";
    }

    private static String target(Object message) {
        Map<String, String> names = new TreeMap<>();
        if (message instanceof Message proto) {
            collect(proto, 0, names);
        }
        return names.isEmpty() ? "" : names.toString();
    }

    private static void collect(Message message, int depth, Map<String, String> names) {
        for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
            FieldDescriptor about = field.getKey();
            if (field.getValue() instanceof Message inner && depth < DEPTH_MAX) {
                collect(inner, depth + 1, names);
            } else if (field.getValue() instanceof String text && NAMING.contains(about.getName())) {
                names.putIfAbsent(about.getName(), text.substring(0, Math.min(NAME_MAX, text.length())));
            }
        }
    }
}
