package dev.coord.server.tls;

import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;

/**
 * A certificate with the key that belongs to it.
 *
 * @param key on the curve P-256
 */
public record KeyedCertificate(X509Certificate certificate, ECPrivateKey key) {

    private static final String CURVE = "1.2.840.10045.3.1.7";
    private static final int SCALAR_BYTES = 32;
    /** A point, uncompressed. */
    private static final int POINT_BYTES = 65;

    public String certificatePem() {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read can't be written", e);
        }
    }

    /**
     * Without a password: where it goes, only its owner may read. An authority's is written as RFC 5915 has it, for Consul's
     * tools take no other; any other as PKCS#8, for gRPC's Java clients take no other.
     */
    public String keyPem() {
        if (certificate.getBasicConstraints() < 0) {
            return pem("PRIVATE KEY", key.getEncoded());
        }
        byte[] number = key.getS().toByteArray();
        byte[] scalar = new byte[SCALAR_BYTES];
        int length = Math.min(number.length, SCALAR_BYTES);
        System.arraycopy(number, number.length - length, scalar, SCALAR_BYTES - length, length);
        byte[] holder = certificate.getPublicKey().getEncoded();
        byte[] point = Arrays.copyOfRange(holder, holder.length - POINT_BYTES, holder.length);
        return pem(
                "EC PRIVATE KEY",
                Der.sequence(
                        Der.integer(BigInteger.ONE),
                        Der.octets(scalar),
                        Der.field(0, Der.objectId(CURVE)),
                        Der.field(1, Der.bits(point))));
    }

    static String pem(String kind, byte[] content) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "KeyedCertificate[" + certificate.getSubjectX500Principal() + "]";
    }
}
