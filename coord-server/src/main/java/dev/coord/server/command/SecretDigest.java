package dev.coord.server.command;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The SHA-256 of a token's secret. Tokens are looked up by it, so that the time that a lookup takes tells nothing about the
 * secrets that there are.
 */
public record SecretDigest(long a, long b, long c, long d) implements Comparable<SecretDigest> {

    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(() -> {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    });

    public static SecretDigest of(String secret) {
        ByteBuffer digest = ByteBuffer.wrap(SHA_256.get().digest(secret.getBytes(StandardCharsets.UTF_8)));
        return new SecretDigest(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
    }

    /**
     * As {@link #toBytes} gave it.
     *
     * @throws IllegalArgumentException if it is of another length
     */
    public static SecretDigest ofBytes(byte[] digest) {
        if (digest.length != 4 * Long.BYTES) {
            throw new IllegalArgumentException(
                    "the digest of a secret has " + 4 * Long.BYTES + " bytes, not " + digest.length);
        }
        ByteBuffer longs = ByteBuffer.wrap(digest);
        return new SecretDigest(longs.getLong(), longs.getLong(), longs.getLong(), longs.getLong());
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
    }

    @Override
    public int compareTo(SecretDigest other) {
        int order = Long.compare(a, other.a);
        order = order == 0 ? Long.compare(b, other.b) : order;
        order = order == 0 ? Long.compare(c, other.c) : order;
        return order == 0 ? Long.compare(d, other.d) : order;
    }
}
