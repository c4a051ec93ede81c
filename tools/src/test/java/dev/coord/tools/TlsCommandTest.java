package dev.coord.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coord.server.ExitCode;
import dev.coord.server.tls.PemCertificates;
import dev.coord.server.tls.PemKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator makes before the first server starts. */
class TlsCommandTest {

    private static final String SERVES = "1.3.6.1.5.5.7.3.1";
    private static final String CALLS = "1.3.6.1.5.5.7.3.2";

    @TempDir
    private Path directory;

    private CommandRun tls(String... arguments) {
        List<String> all = Stream.concat(
                        Stream.concat(Stream.of("tls"), Stream.of(arguments)),
                        Stream.of("--directory", directory.toString()))
                .toList();
        return CommandRun.of("", all.toArray(String[]::new));
    }

    private X509Certificate certificate(String name) throws IOException {
        return PemCertificates.read(directory.resolve(name))[0];
    }

    private static List<String> names(X509Certificate certificate) throws Exception {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names.stream().map(name -> String.valueOf(name.get(1))).toList();
    }

    @Test
    void anAuthorityAndWhatItSignsFitTogether() throws Exception {
        assertThat(tls("ca", "create").out()).contains("==> Saved", "consul-agent-ca.pem", "consul-agent-ca-key.pem");
        assertThat(tls("cert", "create", "-server").out())
                .contains("WARNING", "dc1-server-consul-0.pem", "dc1-server-consul-0-key.pem");
        assertThat(tls("cert", "create", "-client").out()).contains("dc1-client-consul-0.pem");
        assertThat(tls("cert", "create", "-cli").out()).contains("dc1-cli-consul-0.pem");

        X509Certificate authority = certificate("consul-agent-ca.pem");
        assertThat(authority.getBasicConstraints()).isNotNegative();
        X509Certificate server = certificate("dc1-server-consul-0.pem");
        server.verify(authority.getPublicKey());
        assertThat(server.getBasicConstraints()).isNegative();
        assertThat(names(server)).containsExactly("server.dc1.consul", "localhost", "127.0.0.1");
        assertThat(server.getExtendedKeyUsage()).containsExactly(SERVES, CALLS);
        assertThat(certificate("dc1-client-consul-0.pem").getExtendedKeyUsage()).containsExactly(SERVES, CALLS);
        X509Certificate cli = certificate("dc1-cli-consul-0.pem");
        assertThat(cli.getExtendedKeyUsage()).containsExactly(CALLS);
        assertThat(names(cli)).containsExactly("cli.dc1.consul", "localhost");

        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(
                PemKey.read(directory.resolve("dc1-server-consul-0-key.pem")).key());
        signature.update((byte) 7);
        byte[] signed = signature.sign();
        signature.initVerify(server.getPublicKey());
        signature.update((byte) 7);
        assertThat(signature.verify(signed))
                .as("key and certificate belong together")
                .isTrue();
    }

    @Test
    void aServerHasTheNamesAndTheTimeThatItWasGiven() throws Exception {
        tls("ca", "create", "-domain", "coord", "-days", "30");
        CommandRun run = tls(
                "cert",
                "create",
                "-server",
                "-domain=coord",
                "-dc=eu",
                "-node=n1",
                "-days=20",
                "-additional-dnsname=a.example",
                "-additional-dnsname=*.b.example",
                "-additional-ipaddress=10.1.2.3",
                "-additional-ipaddress=fd00::1");
        assertThat(run.status()).as(run.err()).isZero();
        X509Certificate server = certificate("eu-server-coord-0.pem");
        assertThat(names(server))
                .containsExactly(
                        "a.example",
                        "*.b.example",
                        "n1.server.eu.coord",
                        "server.eu.coord",
                        "localhost",
                        "10.1.2.3",
                        "fd00:0:0:0:0:0:0:1",
                        "127.0.0.1");
        assertThat(server.getNotAfter().toInstant())
                .isBetween(
                        Instant.now().plus(Duration.ofDays(20)).minusSeconds(600),
                        Instant.now().plus(Duration.ofDays(20)));
    }

    @Test
    void keysAreForTheirOwnerAlone() throws IOException {
        tls("ca", "create");
        tls("cert", "create", "-cli");
        for (String key : List.of("consul-agent-ca-key.pem", "dc1-cli-consul-0-key.pem")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(key))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void nothingIsWrittenOver() throws IOException {
        tls("ca", "create");
        byte[] before = Files.readAllBytes(directory.resolve("consul-agent-ca.pem"));
        CommandRun again = tls("ca", "create");
        assertThat(again.status()).isEqualTo(ExitCode.FAILED.status());
        assertThat(again.err()).contains("consul-agent-ca.pem already exists");
        assertThat(directory.resolve("consul-agent-ca.pem")).hasBinaryContent(before);

        tls("cert", "create", "-client");
        Files.writeString(directory.resolve("dc1-client-consul-1-key.pem"), "somebody's");
        assertThat(tls("cert", "create", "-client").out()).contains("dc1-client-consul-2.pem");
    }

    @Test
    void anAuthorityOfOneDomainSignsForNoOther() throws Exception {
        tls("ca", "create", "-name-constraint", "-additional-name-constraint=example.org");
        assertThat(tls("cert", "create", "-server", "-additional-dnsname=ui.example.org")
                        .status())
                .isZero();
        CommandRun other = tls("cert", "create", "-server", "-additional-dnsname=elsewhere.example");
        assertThat(other.status()).isEqualTo(ExitCode.FAILED.status());
        assertThat(other.err()).contains("can't sign this certificate");
        assertThat(directory.resolve("dc1-server-consul-1.pem")).doesNotExist();
    }

    @Test
    void whatCannotBeIsRefusedWithItsReason() throws IOException {
        assertThat(tls("cert", "create", "-server").err()).contains("authority can't be read");
        tls("ca", "create");
        assertThat(tls("cert", "create").status()).isEqualTo(ExitCode.USAGE.status());
        assertThat(tls("cert", "create", "-server", "-cli").status()).isEqualTo(ExitCode.USAGE.status());
        assertThat(tls("cert", "create", "-client", "-node=n1").err()).contains("-node requires -server");
        assertThat(tls("cert", "create", "-server", "-days=0").err()).contains("0 days: it is 1 to");
        assertThat(tls("cert", "create", "-server", "-additional-ipaddress=10.x")
                        .err())
                .contains("10.x is no IP address");
        assertThat(tls("cert", "create", "-server", "-additional-dnsname=a b").err())
                .contains("\"a b\" is no DNS name");
        assertThat(tls("ca", "create", "-domain=../x").status()).isEqualTo(ExitCode.USAGE.status());

        tls("ca", "create", "-domain=other");
        CommandRun mixed = tls(
                "cert",
                "create",
                "-server",
                "-key",
                directory.resolve("other-agent-ca-key.pem").toString());
        assertThat(mixed.status()).isEqualTo(ExitCode.FAILED.status());
        assertThat(mixed.err()).contains("can't sign this certificate");
        assertThat(directory.resolve("dc1-server-consul-0.pem")).doesNotExist();
    }
}
