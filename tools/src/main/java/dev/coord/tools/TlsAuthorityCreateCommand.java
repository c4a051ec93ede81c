package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.server.tls.CertificateAuthority;
import dev.coord.server.tls.KeyedCertificate;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a new authority: DOMAIN-agent-ca.pem and DOMAIN-agent-ca-key.pem.",
            "Whoever has the key can make a server of the cluster: keep it away from servers."
        })
final class TlsAuthorityCreateCommand implements Callable<Integer> {

    private static final int NUMBER_BITS = 64;

    @Option(
            names = {"--domain", "-domain"},
            defaultValue = "consul",
            description = "The cluster's domain (default: ${DEFAULT-VALUE}).")
    private String domain = "consul";

    @Option(
            names = {"--days", "-days"},
            paramLabel = "N",
            defaultValue = "1825",
            description = "How long it counts (default: ${DEFAULT-VALUE}, five years).")
    private int days;

    @Option(
            names = {"--name-constraint", "-name-constraint"},
            description = "It can sign for names in the domain and for localhost alone. Not to be changed later.")
    private boolean constrained;

    @Option(
            names = {"--additional-name-constraint", "-additional-name-constraint"},
            paramLabel = "NAME",
            description = "With --name-constraint, another domain that it can sign for; may be repeated.")
    private List<String> additional = new ArrayList<>();

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = "",
            description = "Where to write (default: here).")
    private Path directory = Path.of("");

    @Override
    public Integer call() throws GeneralSecurityException {
        if (!constrained && !additional.isEmpty()) {
            throw new StartupException(ExitCode.USAGE, "-additional-name-constraint only counts with -name-constraint");
        }
        List<String> only = new ArrayList<>(additional);
        if (constrained) {
            only.add(domain);
            only.add("localhost");
        }
        try {
            TlsFiles files = TlsFiles.ofAuthority(directory, domain);
            KeyedCertificate made = CertificateAuthority.create(
                    "Coord Agent CA " + new BigInteger(NUMBER_BITS, new SecureRandom()), days, only);
            files.write(made);
            return Console.say("==> Saved " + files.certificate() + "\n==> Saved " + files.key());
        } catch (IllegalArgumentException e) {
            throw new StartupException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }
}
