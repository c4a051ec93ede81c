package dev.coord.server.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coord.server.raft.RaftClusterExtension.Member;
import dev.coord.server.tls.CertificateAuthority;
import dev.coord.server.tls.CertificateRequest;
import dev.coord.server.tls.KeyedCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Who may talk to the Raft port, and how. */
class PeerTransportTest {

    @TempDir
    Path keys;

    @RegisterExtension
    final RaftClusterExtension cluster = RaftClusterExtension.of(3);

    @Test
    void plainBeyondLoopbackIsRefusedUnlessAllowed() throws IOException {
        RaftOptions.Builder options = RaftOptions.builder(keys, "s1", path -> {
                    throw new AssertionError("not opened");
                })
                .bind("0.0.0.0", 0);

        assertThatThrownBy(() -> PeerTransport.of(options.build()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("without TLS");
        assertThat(PeerTransport.of(options.plaintextAllowed(true).build())).isNotNull();
    }

    @Test
    void serversWithTrustedKeysFormAClusterAndOthersStayOut() throws Exception {
        PeerTls trusted = selfSigned("trusted");
        PeerTls stranger = selfSigned("stranger");
        cluster.tune(options -> options.tls(trusted));
        cluster.startAll();
        cluster.awaitLeader().put("a", "1");
        cluster.members().forEach(member -> member.awaitValue("a", "1"));

        Member outsider = cluster.addMember();
        cluster.tune(options -> options.tls(stranger));
        outsider.start();
        assertThat(outsider.raft().hello(cluster.member(1).address()))
                .failsWithin(RaftClusterExtension.PATIENCE)
                .withThrowableThat()
                .withMessageContaining("UNAVAILABLE");
        assertThat(cluster.awaitLeader().put("a", "2").ok()).isTrue();
        assertThat(outsider.getStale("a")).isNull();
    }

    @Test
    void renewedKeysCountForNewConnectionsWhileOldOnesGoOn() throws Exception {
        KeyedCertificate before = CertificateAuthority.create("before", 1, List.of());
        KeyedCertificate after = CertificateAuthority.create("after", 1, List.of());
        PeerTls files =
                new PeerTls(keys.resolve("ca.pem"), keys.resolve("renewed.pem"), keys.resolve("renewed-key.pem"));
        install(files, before.certificatePem(), before);
        cluster.tune(options -> options.tls(files));
        cluster.startAll();
        long term = cluster.awaitLeader().raft().term();

        install(files, before.certificatePem() + after.certificatePem(), after);
        renewAll();
        install(files, after.certificatePem(), after);
        renewAll();
        assertThat(cluster.awaitLeader().put("a", "1").ok()).isTrue();
        assertThat(cluster.awaitLeader().raft().term()).isEqualTo(term);

        // Comes back with the new authority alone, to servers that know no other.
        Member back = cluster.follower();
        back.stop();
        back.start();
        back.awaitValue("a", "1");
    }

    private void renewAll() throws IOException {
        for (Member member : cluster.members()) {
            member.raft().certificateRenewal().run();
        }
    }

    private static void install(PeerTls files, String authorities, KeyedCertificate authority) throws Exception {
        KeyedCertificate own = new CertificateAuthority(authority.certificate(), authority.key())
                .issue(new CertificateRequest(
                        "server.dc1.consul", List.of(), List.of(InetAddress.getByName("127.0.0.1")), true, 1));
        Files.writeString(files.certificates(), authorities);
        Files.writeString(files.certificate(), own.certificatePem());
        Files.writeString(files.privateKey(), own.keyPem());
    }

    @Test
    void keysThatCannotBeReadAreNamed() {
        Path missing = keys.resolve("none.pem");
        RaftOptions options = RaftOptions.builder(keys, "s1", path -> {
                    throw new AssertionError("not opened");
                })
                .tls(new PeerTls(missing, missing, missing))
                .build();

        assertThatThrownBy(() -> PeerTransport.of(options))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(missing.toString());
    }

    /** A key and a certificate that signs itself, made by the JDK's keytool, in PEM. */
    private PeerTls selfSigned(String name) throws IOException, GeneralSecurityException, InterruptedException {
        Path store = keys.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-ext",
                        "bc=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "secret",
                        "-keystore",
                        store.toString())
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            loaded.load(in, "secret".toCharArray());
        }
        Path certificate =
                pem(name + ".crt", "CERTIFICATE", loaded.getCertificate(name).getEncoded());
        Path key = pem(
                name + ".key",
                "PRIVATE KEY",
                loaded.getKey(name, "secret".toCharArray()).getEncoded());
        return new PeerTls(certificate, certificate, key);
    }

    private Path pem(String file, String type, byte[] bytes) throws IOException {
        return Files.writeString(
                keys.resolve(file),
                "-----BEGIN " + type + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + type
                        + "-----\n");
    }
}
