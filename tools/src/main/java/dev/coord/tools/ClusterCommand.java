package dev.coord.tools;

import dev.coord.server.ExitCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = {
            "Runs three servers on this machine, each a process with its own data, and says who leads.",
            "Kill one of them (kill -9) to see the others go on; the command to start it again is printed."
        })
final class ClusterCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "coord-data/cluster",
            description = "Where the servers keep configuration, data and logs (default: ${DEFAULT-VALUE}).")
    private Path dataDir;

    @Option(
            names = "--servers",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many, when the directory is new (default: ${DEFAULT-VALUE}).")
    private int servers;

    @Option(names = "--log-backend", paramLabel = "NAME", description = "segment (default), lmdb or mapdb.")
    private @Nullable String logBackend;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        List<ClusterMember> members = ClusterLayout.of(dataDir, servers, logBackend);
        LocalCluster cluster = new LocalCluster(members, out);
        AtomicInteger status = new AtomicInteger(ExitCode.OK.status());
        // Ends the process itself: the JVM would turn a clean stop into 128 + signal.
        Thread stop = new Thread(
                () -> {
                    cluster.stop();
                    Runtime.getRuntime().halt(status.get());
                },
                "coord-cluster-stop");
        Runtime.getRuntime().addShutdownHook(stop);
        cluster.start();
        cluster.watch();
        status.set(ExitCode.FATAL.status());
        return status.get();
    }
}
