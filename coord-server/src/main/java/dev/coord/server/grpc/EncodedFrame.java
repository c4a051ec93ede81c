package dev.coord.server.grpc;

import com.google.protobuf.CodedOutputStream;
import dev.coord.api.v1.WatchFrame;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** The bytes of a {@link WatchFrame}: made once for an event, sent to all who watch. Immutable. */
final class EncodedFrame {

    /** The event says nothing that the watch's messages could show. */
    static final EncodedFrame NOTHING = new EncodedFrame(new byte[0]);
    /** The event is larger than {@link ChangeFrames#FRAME_BYTES_MAX}. */
    static final EncodedFrame TOO_LARGE = new EncodedFrame(new byte[0]);

    private final byte[] bytes;

    private EncodedFrame(byte[] bytes) {
        this.bytes = bytes;
    }

    static EncodedFrame of(WatchFrame frame) {
        byte[] bytes = new byte[frame.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            frame.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the right size can't be written", e);
        }
        return new EncodedFrame(bytes);
    }

    /** Puts the bytes on the wire as they are. The server never reads frames. */
    static final Marshaller<EncodedFrame> MARSHALLER = new Marshaller<>() {
        @Override
        public InputStream stream(EncodedFrame frame) {
            return new Bytes(frame.bytes);
        }

        @Override
        public EncodedFrame parse(InputStream stream) {
            throw new UnsupportedOperationException("The server sends frames and reads none");
        }
    };

    /** Lets gRPC copy the bytes straight to its buffer. */
    private static final class Bytes extends ByteArrayInputStream implements KnownLength, Drainable {

        Bytes(byte[] bytes) {
            super(bytes);
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int length = count - pos;
            target.write(buf, pos, length);
            pos = count;
            return length;
        }
    }
}
