package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.tls.CertificateAuthority;
import dev.coord.server.tls.CertificateRequest;
import dev.coord.server.tls.KeyedCertificate;
import dev.coord.server.tls.PemCertificates;
import dev.coord.server.tls.PemKey;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a key and a certificate: DC-server-DOMAIN-0.pem, DC-client-DOMAIN-0.pem or DC-cli-DOMAIN-0.pem,",
            "with the next number where there is one already, and the key in a file with -key before .pem."
        })
final class TlsCertificateCreateCommand implements Callable<Integer> {

    private static final String FILE = "FILE";
    private static final String WARNING = """
            ==> WARNING: whoever has a server's key can be a server of the cluster and read all of its
                state, tokens among it. It belongs on that server alone.""";

    /** Exactly one. */
    static final class Kind {
        @Option(
                names = {"--server", "-server"},
                description = "For a server.")
        boolean server;

        @Option(
                names = {"--client", "-client"},
                description = "For an agent that is no server.")
        boolean client;

        @Option(
                names = {"--cli", "-cli"},
                description = "For a person or program that only calls.")
        boolean cli;

        String inWords() {
            return server ? "server" : client ? "client" : "cli";
        }
    }

    @ArgGroup(multiplicity = "1")
    private Kind kind = new Kind();

    @Option(
            names = {"--domain", "-domain"},
            defaultValue = "consul",
            description = "The cluster's domain (default: ${DEFAULT-VALUE}).")
    private String domain = "consul";

    @Option(
            names = {"--dc", "-dc"},
            defaultValue = "dc1",
            description = "The datacenter (default: ${DEFAULT-VALUE}).")
    private String datacenter = "dc1";

    @Option(
            names = {"--node", "-node"},
            paramLabel = "NAME",
            description = "With --server, one more name: NAME.server.DC.DOMAIN.")
    private @Nullable String node;

    @Option(
            names = {"--days", "-days"},
            paramLabel = "N",
            defaultValue = "365",
            description = "How long it counts (default: ${DEFAULT-VALUE}).")
    private int days;

    @Option(
            names = {"--additional-dnsname", "-additional-dnsname"},
            paramLabel = "NAME",
            description = "One more name of its holder, beside localhost; may be repeated.")
    private List<String> dnsNames = new ArrayList<>();

    @Option(
            names = {"--additional-ipaddress", "-additional-ipaddress"},
            paramLabel = "ADDRESS",
            description = "One more address of its holder, beside 127.0.0.1; may be repeated.")
    private List<String> addresses = new ArrayList<>();

    @Option(
            names = {"--ca", "-ca"},
            paramLabel = FILE,
            description = "The authority's certificate (default: DOMAIN-agent-ca.pem).")
    private @Nullable Path authority;

    @Option(
            names = {"--key", "-key"},
            paramLabel = FILE,
            description = "The authority's key (default: DOMAIN-agent-ca-key.pem).")
    private @Nullable Path authorityKey;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = "",
            description = "Where to write, and where the authority is (default: here).")
    private Path directory = Path.of("");

    @Override
    public Integer call() {
        if (node != null && !kind.server) {
            throw new StartupException(ExitCode.USAGE, "-node requires -server");
        }
        Path certificate = authority == null ? directory.resolve(domain + "-agent-ca.pem") : authority;
        Path key = authorityKey == null ? directory.resolve(domain + "-agent-ca-key.pem") : authorityKey;
        try {
            TlsFiles.checkPart(domain);
            TlsFiles.checkPart(datacenter);
            CertificateRequest request = request();
            KeyedCertificate made = new CertificateAuthority(
                            PemCertificates.read(certificate)[0],
                            PemKey.read(key).key())
                    .issue(request);
            if (kind.server) {
                Console.say(WARNING);
            }
            Console.say("==> Using " + certificate + " and " + key);
            TlsFiles files = TlsFiles.next(directory, datacenter + "-" + kind.inWords() + "-" + domain);
            files.write(made);
            return Console.say("==> Saved " + files.certificate() + "\n==> Saved " + files.key());
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new StartupException(ExitCode.FAILED, "the authority can't be read: " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new StartupException(
                    ExitCode.FAILED, certificate + " can't sign this certificate: " + e.getMessage(), e);
        }
    }

    private CertificateRequest request() {
        String name = kind.inWords() + "." + datacenter + "." + domain;
        List<String> names = new ArrayList<>(dnsNames);
        if (node != null) {
            names.add(node + "." + name);
        }
        names.add(name);
        names.add("localhost");
        List<InetAddress> ips = new ArrayList<>();
        for (String given : addresses) {
            ips.add(literal(given));
        }
        if (!kind.cli) {
            ips.add(literal("127.0.0.1"));
        }
        return new CertificateRequest(name, names, ips, !kind.cli, days);
    }

    /** Asks no name service. */
    private static InetAddress literal(String given) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(given);
        if (bytes == null) {
            throw new IllegalArgumentException("-additional-ipaddress " + given + " is no IP address");
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }
}
