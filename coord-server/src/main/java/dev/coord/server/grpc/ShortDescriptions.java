package dev.coord.server.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the descriptions of statuses that repeat much of what a client sent: they travel in a header, and a client that finds more
 * than 8 KiB of headers breaks the call off without having read any of it.
 */
final class ShortDescriptions implements ServerInterceptor {

    /** As they travel: what is not printable ASCII takes three bytes for one. */
    static final int ENCODED_BYTES_MAX = 4_096;

    private static final String CUT = "... (cut)";

    @Override
    public <A, R> ServerCall.Listener<A> interceptCall(
            ServerCall<A, R> call, Metadata headers, ServerCallHandler<A, R> next) {
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        String description = status.getDescription();
                        String shortened = shortened(description);
                        boolean fits = shortened == null || shortened.equals(description);
                        super.close(fits ? status : status.withDescription(shortened), trailers);
                    }
                },
                headers);
    }

    static @Nullable String shortened(@Nullable String description) {
        if (description == null || description.length() * 9L <= ENCODED_BYTES_MAX) {
            return description;
        }
        int bytes = 0;
        for (int i = 0; i < description.length(); i += Character.charCount(description.codePointAt(i))) {
            bytes += encodedBytes(description.codePointAt(i));
            if (bytes > ENCODED_BYTES_MAX - CUT.length()) {
                return description.substring(0, i) + CUT;
            }
        }
        return description;
    }

    private static int encodedBytes(int codePoint) {
        if (codePoint >= ' ' && codePoint <= '~' && codePoint != '%') {
            return 1;
        }
        int utf8 = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
        return 3 * utf8;
    }
}
