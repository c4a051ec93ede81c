package dev.coord.tools;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "tls",
        mixinStandardHelpOptions = true,
        description = {
            "Makes the certificates of a closed cluster; needs no server.",
            "The verbs, options and file names are those of \"consul tls\"."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TlsCommand.Authority.class, TlsCommand.Certificate.class})
final class TlsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        return Coord.explain(spec);
    }

    @Command(
            name = "ca",
            mixinStandardHelpOptions = true,
            description = "The authority that signs a cluster's certificates.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = TlsAuthorityCreateCommand.class)
    static final class Authority implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            return Coord.explain(spec);
        }
    }

    @Command(
            name = "cert",
            mixinStandardHelpOptions = true,
            description = "Certificates of servers, agents and operators.",
            synopsisSubcommandLabel = "COMMAND",
            subcommands = TlsCertificateCreateCommand.class)
    static final class Certificate implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Override
        public Integer call() {
            return Coord.explain(spec);
        }
    }
}
