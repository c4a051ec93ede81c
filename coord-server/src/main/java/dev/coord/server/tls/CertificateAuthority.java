package dev.coord.server.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;

/**
 * Makes X.509 certificates (RFC 5280) for the servers, agents and operators of a cluster. Keys are on the curve P-256. The
 * structure is written here, for the JDK has no way to; keys, signatures and the check of what was written are the JDK's.
 * Immutable.
 */
public final class CertificateAuthority {

    /** A century; the form of a certificate ends with the year 9999. */
    public static final int DAYS_MAX = 36_500;

    /** What a name may look like. */
    private static final Pattern DNS_NAME = Pattern.compile(
            "(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*");

    private static final int DNS_NAME_MAX = 253;
    private static final int COMMON_NAME_MAX = 64;
    private static final int SERIAL_BITS = 127;
    private static final int KEY_ID_BYTES = 20;
    /** A clock that is a little behind the one here shall take it, too. */
    private static final Duration BACKDATED = Duration.ofMinutes(1);

    private static final String KEY_USAGE = "2.5.29.15";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
    private static final String SUBJECT_KEY_ID = "2.5.29.14";
    private static final String AUTHORITY_KEY_ID = "2.5.29.35";
    private static final String ALTERNATIVE_NAMES = "2.5.29.17";
    private static final String NAME_CONSTRAINTS = "2.5.29.30";
    private static final String SERVES = "1.3.6.1.5.5.7.3.1";
    private static final String CALLS = "1.3.6.1.5.5.7.3.2";

    /** Numbers of the bits of a key's usage. */
    private static final int SIGNS_MESSAGES = 0;

    private static final int ENCIPHERS_KEYS = 2;
    private static final int SIGNS_CERTIFICATES = 5;
    private static final int SIGNS_REVOCATIONS = 6;

    /** Numbers of the fields of a name. */
    private static final int DNS = 2;

    private static final int ADDRESS = 7;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final X509Certificate certificate;
    private final PrivateKey key;

    /**
     * @param certificate of an authority
     * @param key the one that belongs to it
     */
    public CertificateAuthority(X509Certificate certificate, PrivateKey key) {
        if (certificate.getBasicConstraints() < 0) {
            throw new IllegalArgumentException(
                    certificate.getSubjectX500Principal() + " is no authority: its certificate may not sign others");
        }
        this.certificate = certificate;
        this.key = key;
    }

    /**
     * Makes a new authority.
     *
     * @param onlyNames domains beyond which it can sign nothing; empty: it can sign for any name
     * @throws IllegalArgumentException when a name or the days are out of bounds
     */
    public static KeyedCertificate create(String commonName, int days, List<String> onlyNames)
            throws GeneralSecurityException {
        check(commonName, days);
        onlyNames.forEach(CertificateAuthority::checkDnsName);
        KeyPair pair = newKey();
        X500Principal name = new X500Principal("CN=" + commonName);
        byte[] keyId = keyId(pair.getPublic());
        List<byte[]> extensions = new ArrayList<>();
        extensions.add(critical(KEY_USAGE, Der.flags(SIGNS_MESSAGES, SIGNS_CERTIFICATES, SIGNS_REVOCATIONS)));
        extensions.add(critical(BASIC_CONSTRAINTS, Der.sequence(Der.TRUE)));
        extensions.add(extension(SUBJECT_KEY_ID, Der.octets(keyId)));
        extensions.add(extension(AUTHORITY_KEY_ID, Der.sequence(Der.bareField(0, keyId))));
        if (!onlyNames.isEmpty()) {
            byte[][] permitted =
                    onlyNames.stream().map(only -> Der.sequence(dnsName(only))).toArray(byte[][]::new);
            extensions.add(critical(NAME_CONSTRAINTS, Der.sequence(Der.field(0, permitted))));
        }
        X509Certificate made = signed(name, name, pair.getPublic(), days, extensions, pair.getPrivate());
        made.verify(pair.getPublic());
        return new KeyedCertificate(made, (ECPrivateKey) pair.getPrivate());
    }

    /**
     * Makes a new key and a certificate for it.
     *
     * @throws GeneralSecurityException when nobody would accept it: this authority's time is over, its key is another one's,
     *     or it may not sign for such a name
     */
    public KeyedCertificate issue(CertificateRequest request) throws GeneralSecurityException {
        KeyPair pair = newKey();
        List<byte[]> extensions = new ArrayList<>();
        extensions.add(critical(KEY_USAGE, Der.flags(SIGNS_MESSAGES, ENCIPHERS_KEYS)));
        extensions.add(extension(
                EXTENDED_KEY_USAGE,
                request.serves()
                        ? Der.sequence(Der.objectId(SERVES), Der.objectId(CALLS))
                        : Der.sequence(Der.objectId(CALLS))));
        extensions.add(critical(BASIC_CONSTRAINTS, Der.sequence()));
        extensions.add(extension(SUBJECT_KEY_ID, Der.octets(keyId(pair.getPublic()))));
        extensions.add(extension(AUTHORITY_KEY_ID, Der.sequence(Der.bareField(0, ownKeyId()))));
        List<byte[]> names = new ArrayList<>();
        request.dnsNames().forEach(name -> names.add(dnsName(name)));
        for (InetAddress address : request.addresses()) {
            names.add(Der.bareField(ADDRESS, address.getAddress()));
        }
        if (!names.isEmpty()) {
            extensions.add(extension(ALTERNATIVE_NAMES, Der.sequence(names.toArray(byte[][]::new))));
        }
        X509Certificate made = signed(
                certificate.getSubjectX500Principal(),
                new X500Principal("CN=" + request.commonName()),
                pair.getPublic(),
                request.days(),
                extensions,
                key);
        accept(made);
        return new KeyedCertificate(made, (ECPrivateKey) pair.getPrivate());
    }

    /** As whoever trusts this authority would. */
    private void accept(X509Certificate made) throws GeneralSecurityException {
        certificate.checkValidity();
        // The JDK asks which names an authority may sign for only within the path: so it stands there, below its own
        // key.
        boolean signsItself = certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
        TrustAnchor anchor = signsItself
                ? new TrustAnchor(certificate.getSubjectX500Principal(), certificate.getPublicKey(), null)
                : new TrustAnchor(certificate, null);
        PKIXParameters asked = new PKIXParameters(Set.of(anchor));
        asked.setRevocationEnabled(false);
        List<X509Certificate> path = signsItself ? List.of(made, certificate) : List.of(made);
        CertPathValidator.getInstance("PKIX")
                .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), asked);
    }

    private byte[] ownKeyId() throws GeneralSecurityException {
        byte[] extension = certificate.getExtensionValue(SUBJECT_KEY_ID);
        if (extension == null) {
            return keyId(certificate.getPublicKey());
        }
        // Octets in octets.
        return Der.content(Der.content(extension));
    }

    private static X509Certificate signed(
            X500Principal issuer,
            X500Principal subject,
            PublicKey holder,
            int days,
            List<byte[]> extensions,
            PrivateKey signer)
            throws GeneralSecurityException {
        SigningWay way = SigningWay.of(signer);
        Instant now = Instant.now();
        byte[] content = Der.sequence(
                Der.field(0, Der.integer(BigInteger.TWO)),
                Der.integer(newSerial()),
                way.identifier(),
                issuer.getEncoded(),
                Der.sequence(Der.time(now.minus(BACKDATED)), Der.time(now.plus(Duration.ofDays(days)))),
                subject.getEncoded(),
                holder.getEncoded(),
                Der.field(3, Der.sequence(extensions.toArray(byte[][]::new))));
        Signature signature = Signature.getInstance(way.text);
        signature.initSign(signer);
        signature.update(content);
        byte[] whole = Der.sequence(content, way.identifier(), Der.bits(signature.sign()));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    /** How a key signs, and how a certificate calls that. */
    private enum SigningWay {
        RSA("SHA256withRSA", "1.2.840.113549.1.1.11"),
        EC("SHA256withECDSA", "1.2.840.10045.4.3.2"),
        ED25519("Ed25519", "1.3.101.112");

        private final String text;
        private final String objectId;

        SigningWay(String text, String objectId) {
            this.text = text;
            this.objectId = objectId;
        }

        byte[] identifier() {
            return this == RSA
                    ? Der.sequence(Der.objectId(objectId), Der.NOTHING)
                    : Der.sequence(Der.objectId(objectId));
        }

        static SigningWay of(PrivateKey key) {
            return switch (key.getAlgorithm()) {
                case "RSA" -> RSA;
                case "EC" -> EC;
                default -> ED25519;
            };
        }
    }

    /** As Java calls it. */
    static String signingWay(PrivateKey key) {
        return SigningWay.of(key).text;
    }

    private static byte[] extension(String id, byte[] content) {
        return Der.sequence(Der.objectId(id), Der.octets(content));
    }

    /** Who does not understand it must refuse the certificate. */
    private static byte[] critical(String id, byte[] content) {
        return Der.sequence(Der.objectId(id), Der.TRUE, Der.octets(content));
    }

    private static byte[] dnsName(String name) {
        return Der.bareField(DNS, name.getBytes(StandardCharsets.US_ASCII));
    }

    private static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
        return generator.generateKeyPair();
    }

    /** Positive, and nobody guesses it. */
    private static BigInteger newSerial() {
        return new BigInteger(SERIAL_BITS, RANDOM).setBit(0);
    }

    private static byte[] keyId(PublicKey key) throws GeneralSecurityException {
        return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()), KEY_ID_BYTES);
    }

    static void check(String commonName, int days) {
        if (commonName.isEmpty() || commonName.length() > COMMON_NAME_MAX || !commonName.matches("[A-Za-z0-9 ._-]+")) {
            throw new IllegalArgumentException("the name \"" + commonName + "\" is not of 1 to " + COMMON_NAME_MAX
                    + " letters, digits, dots, dashes and spaces");
        }
        if (days < 1 || days > DAYS_MAX) {
            throw new IllegalArgumentException(days + " days: it is 1 to " + DAYS_MAX);
        }
    }

    static void checkDnsName(String name) {
        if (name.length() > DNS_NAME_MAX || !DNS_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no DNS name: labels of letters, digits and dashes, dots between, at most "
                            + DNS_NAME_MAX + " characters");
        }
    }
}
