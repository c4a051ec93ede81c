package dev.coord.tools;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.coord.api.flagd.sync.v1.FlagSyncServiceGrpc;
import dev.coord.api.v1.CatalogGrpc;
import dev.coord.api.v1.ClusterGrpc;
import dev.coord.api.v1.FlagsGrpc;
import dev.coord.api.v1.HealthGrpc;
import dev.coord.api.v1.KVGrpc;
import dev.coord.api.v1.LogGrpc;
import dev.coord.api.v1.RolloutsGrpc;
import dev.coord.api.v1.SessionsGrpc;
import dev.coord.api.v1.WatchGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Calls every method of the gRPC API with noise, with messages filled at random and with damaged ones, or leaves halfway. */
final class FuzzGrpc {

    private static final long PATIENCE_SECONDS = 10;
    private static final int DEPTH_MAX = 4;
    /** Answers when there is something to say, so nobody waits for it here. */
    private static final String WAITS = "Poll";

    private static final String[] TEXTS = {
        "fuzz",
        "fuzz/a",
        "",
        "web",
        "/",
        "consul",
        "-1",
        "\u0000",
        "\u00fc\uD83D\uDE00",
        "x".repeat(5000),
        "test",
        "coord"
    };
    private static final long[] NUMBERS = {0, 1, 2, 7, -1, 60_000, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE};

    private static final List<MethodDescriptor<?, ?>> METHODS = List.of(
                    KVGrpc.getServiceDescriptor(),
                    CatalogGrpc.getServiceDescriptor(),
                    HealthGrpc.getServiceDescriptor(),
                    SessionsGrpc.getServiceDescriptor(),
                    WatchGrpc.getServiceDescriptor(),
                    FlagsGrpc.getServiceDescriptor(),
                    RolloutsGrpc.getServiceDescriptor(),
                    LogGrpc.getServiceDescriptor(),
                    ClusterGrpc.getServiceDescriptor(),
                    FlagSyncServiceGrpc.getServiceDescriptor())
            .stream()
            .<MethodDescriptor<?, ?>>flatMap(service -> service.getMethods().stream())
            .toList();

    private final ManagedChannel channel;
    private final FuzzFindings findings;
    private final SplittableRandom random;

    FuzzGrpc(ManagedChannel channel, FuzzFindings findings, SplittableRandom random) {
        this.channel = channel;
        this.findings = findings;
        this.random = random;
    }

    void next() throws InterruptedException {
        MethodDescriptor<?, ?> method = METHODS.get(random.nextInt(METHODS.size()));
        boolean stream = method.getType() != MethodType.UNARY;
        boolean leaves = stream || WAITS.equals(method.getBareMethodName()) || random.nextInt(8) == 0;
        int messages = method.getType().clientSendsOneMessage() ? 1 : random.nextInt(1, 9);
        CountDownLatch closed = new CountDownLatch(1);
        ClientCall<byte[], byte[]> call =
                channel.newCall(method.toBuilder(new Bytes(), new Bytes()).build(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed(method, status);
                        closed.countDown();
                    }
                },
                new Metadata());
        call.request(random.nextInt(1, 100));
        for (int i = 0; i < messages; i++) {
            call.sendMessage(message(method));
        }
        if (!leaves || random.nextBoolean()) {
            call.halfClose();
        }
        if (leaves) {
            // Whether there was an answer in time or not, the call ends here.
            closed.await(random.nextInt(20), TimeUnit.MILLISECONDS);
            call.cancel("the client has lost interest", null);
        }
        if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            findings.defect(
                    "gRPC: " + method.getFullMethodName() + " without an answer for " + PATIENCE_SECONDS + " s");
            call.cancel("no answer", null);
        }
    }

    private void closed(MethodDescriptor<?, ?> method, Status status) {
        findings.count("gRPC " + status.getCode());
        // INTERNAL is how the server says that it failed; UNKNOWN is what gRPC makes of an exception that got away.
        if (status.getCode() == Status.Code.INTERNAL || status.getCode() == Status.Code.UNKNOWN) {
            findings.defect("gRPC: " + method.getFullMethodName() + ": " + status);
        }
    }

    private byte[] message(MethodDescriptor<?, ?> method) {
        if (random.nextInt(8) == 0) {
            return FuzzMutation.randomBytes(random, 300);
        }
        var schema = (ProtoMethodDescriptorSupplier) method.getSchemaDescriptor();
        byte[] valid = filled(schema.getMethodDescriptor().getInputType(), 0).toByteArray();
        return random.nextInt(3) == 0 ? FuzzMutation.of(random, valid) : valid;
    }

    private DynamicMessage filled(Descriptor type, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            if (random.nextInt(3) == 0
                    || (depth == DEPTH_MAX && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE)) {
                continue;
            }
            if (field.isRepeated()) {
                for (int left = random.nextInt(4); left > 0; left--) {
                    message.addRepeatedField(field, value(field, depth));
                }
            } else {
                message.setField(field, value(field, depth));
            }
        }
        return message.build();
    }

    private Object value(FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case INT -> (int) number();
            case LONG -> number();
            case FLOAT -> Float.intBitsToFloat(random.nextInt());
            case DOUBLE -> Double.longBitsToDouble(random.nextLong());
            case BOOLEAN -> random.nextBoolean();
            case STRING -> TEXTS[random.nextInt(TEXTS.length)];
            case BYTE_STRING ->
                com.google.protobuf.ByteString.copyFrom(
                        random.nextBoolean()
                                ? FuzzMutation.randomBytes(random, 64)
                                : TEXTS[random.nextInt(TEXTS.length)].getBytes(
                                        java.nio.charset.StandardCharsets.UTF_8));
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(-1, 12));
            case MESSAGE -> filled(field.getMessageType(), depth + 1);
        };
    }

    private long number() {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    /** Messages as they are on the wire. */
    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {

        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
