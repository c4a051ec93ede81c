package dev.coord.server.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key from a PEM file: PKCS#8 ({@code PRIVATE KEY}), or the older forms of {@code RSA PRIVATE KEY} and {@code EC
 * PRIVATE KEY}, which {@code consul tls cert create} writes. Not one with a password. Immutable.
 */
public final class PemKey {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    /** The tag of a curve's name within an EC key. */
    private static final int CURVE = 0xa0;

    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};
    private static final byte[] RSA = {
        0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };
    private static final byte[] EC = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private final boolean rsaFirst;
    private final byte[] pkcs8;

    private PemKey(boolean rsaFirst, byte[] pkcs8) {
        this.rsaFirst = rsaFirst;
        this.pkcs8 = pkcs8;
    }

    /** @throws IOException naming the file, when it can't be read or holds no such key */
    public static PemKey read(Path file) throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new IOException(file + " holds no private key in PEM form without a password");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(block.group(2));
            return switch (block.group(1)) {
                case "RSA PRIVATE KEY" -> new PemKey(true, wrapped(RSA, der));
                case "EC PRIVATE KEY" -> new PemKey(false, wrapped(Der.concatenated(EC, curve(der)), der));
                default -> new PemKey(true, der);
            };
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException(file + " holds a private key that can't be read: " + e.getMessage(), e);
        }
    }

    /** @throws IOException when it is of no kind that this JVM knows */
    public PrivateKey key() throws IOException {
        GeneralSecurityException last = null;
        for (String kind : rsaFirst ? new String[] {"RSA", "EC", "Ed25519"} : new String[] {"EC"}) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw new IOException("the private key is neither RSA, EC nor Ed25519", last);
    }

    /** As PKCS#8 in PEM form. */
    public String pem() {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8);
        return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
    }

    /** PKCS#8: a version, the algorithm, and the key in its own form. */
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return Der.sequence(VERSION_0, Der.sequence(algorithm), Der.octets(key));
    }

    /** The name of the curve, which an EC key says after its number. */
    private static byte[] curve(byte[] der) {
        int at = Der.contentAt(der, 0);
        while (at < der.length) {
            int content = Der.contentAt(der, at);
            int end = content + Der.length(der, at);
            if (end < content || end > der.length) {
                throw new IllegalArgumentException("it is cut off");
            }
            if ((der[at] & 0xff) == CURVE) {
                byte[] name = new byte[end - content];
                System.arraycopy(der, content, name, 0, name.length);
                return name;
            }
            at = end;
        }
        throw new IllegalArgumentException("it does not name its curve");
    }
}
