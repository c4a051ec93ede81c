package dev.coord.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/** What a load sends: the n-th request as bytes on the wire, and how its answer has to look. */
interface Requests {

    ByteBuffer request(long n);

    /** True when the answer is what the request should get. */
    boolean accepts(int status, byte[] body);

    /** Keys {@code bench/0 ... bench/(keys-1)}. */
    static String key(long n) {
        return "bench/" + n;
    }

    /** The value of a size that all servers are given: text, so that any client can look at it. */
    static byte[] value(int bytes) {
        byte[] value = new byte[bytes];
        Random random = new Random(42);
        for (int i = 0; i < bytes; i++) {
            value[i] = (byte) ('a' + random.nextInt(26));
        }
        return value;
    }

    /** Writes of one value under the keys that the chooser names. */
    static Requests put(LongUnaryOperator keyOf, int valueBytes) {
        byte[] value = value(valueBytes);
        return new Requests() {
            @Override
            public ByteBuffer request(long n) {
                byte[] head = ("PUT /v1/kv/" + key(keyOf.applyAsLong(n))
                                + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + valueBytes + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
                return ByteBuffer.allocate(head.length + valueBytes)
                        .put(head)
                        .put(value)
                        .flip();
            }

            @Override
            public boolean accepts(int status, byte[] body) {
                return status == 200
                        && new String(body, StandardCharsets.UTF_8).strip().equals("true");
            }
        };
    }

    /** Reads, as JSON, of the keys that the chooser names; all must exist. */
    static Requests get(LongUnaryOperator keyOf) {
        return new Requests() {
            @Override
            public ByteBuffer request(long n) {
                return ByteBuffer.wrap(
                        ("GET /v1/kv/" + key(keyOf.applyAsLong(n)) + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
            }

            @Override
            public boolean accepts(int status, byte[] body) {
                return status == 200 && body.length > 2 && body[0] == '[';
            }
        };
    }
}
