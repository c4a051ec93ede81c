package dev.coord.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Private keys in the forms that people have. */
class PemKeyTest {

    /** Where the older form lies within PKCS#8 of these kinds: after version and algorithm, and the head of an octet string. */
    private static final int RSA_2048_HEAD = 26;

    /** As {@code consul tls ca create} writes it. */
    private static final String CONSULS_EC = """
            -----BEGIN EC PRIVATE KEY-----
            %s
            -----END EC PRIVATE KEY-----
            """;

    @TempDir
    private Path directory;

    private PemKey read(String text) throws IOException {
        return PemKey.read(Files.writeString(directory.resolve("key.pem"), text));
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + kind
                + "-----\n";
    }

    @Test
    void anRsaKeyIsReadInBothForms() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        PrivateKey key = generator.generateKeyPair().getPrivate();
        byte[] pkcs8 = key.getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, RSA_2048_HEAD, pkcs8.length);

        assertThat(read(pem("PRIVATE KEY", pkcs8)).key()).isEqualTo(key);
        assertThat(read(pem("RSA PRIVATE KEY", pkcs1)).key()).isEqualTo(key);
        assertThat(read(read(pem("RSA PRIVATE KEY", pkcs1)).pem()).key()).isEqualTo(key);
    }

    @Test
    void anEcKeyIsReadInBothForms() throws Exception {
        PrivateKey key = ecKey().getPrivate();

        assertThat(read(pem("PRIVATE KEY", key.getEncoded())).key()).isEqualTo(key);
        PrivateKey asConsulHasIt = read(CONSULS_EC.formatted(
                        Base64.getMimeEncoder().encodeToString(sec1(key))))
                .key();
        assertThat(((ECPrivateKey) asConsulHasIt).getS()).isEqualTo(((ECPrivateKey) key).getS());
    }

    private static KeyPair ecKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** SEQUENCE { 1, the number, [0] the curve }. */
    private static byte[] sec1(PrivateKey key) {
        byte[] number = ((ECPrivateKey) key).getS().toByteArray();
        byte[] padded = new byte[32];
        int length = Math.min(32, number.length);
        System.arraycopy(number, number.length - length, padded, 32 - length, length);
        byte[] curve = {(byte) 0xa0, 0x0a, 0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07};
        byte[] sec1 = new byte[2 + 3 + 2 + 32 + curve.length];
        byte[] head = {0x30, (byte) (sec1.length - 2), 0x02, 0x01, 0x01, 0x04, 0x20};
        System.arraycopy(head, 0, sec1, 0, head.length);
        System.arraycopy(padded, 0, sec1, head.length, 32);
        System.arraycopy(curve, 0, sec1, head.length + 32, curve.length);
        return sec1;
    }

    @Test
    void whatIsNoKeyIsRefusedByTheNameOfItsFile() {
        for (String text : new String[] {
            "",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----",
            "-----BEGIN EC PRIVATE KEY-----\nMIL/\n-----END EC PRIVATE KEY-----"
        }) {
            assertThatThrownBy(() -> read(text)).isInstanceOf(IOException.class).hasMessageContaining("key.pem");
        }
    }
}
