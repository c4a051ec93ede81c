package dev.coord.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The generator's command line. */
@Command(
        name = "bench/run",
        mixinStandardHelpOptions = true,
        description = "Measures Coord, and a Consul beside it in the same run. Prints a table; writes JSON and a plot.")
public final class LoadCommand implements Callable<Integer> {

    @Parameters(
            arity = "1..*",
            description = "Scenarios: throughput (P1, P4), growth (P11), start, restart and failover (P12),"
                    + " fan-out (P7, P8), under-writes (P9), outage (all shapes of the hub under churn), outage-prevented (a rollout that takes itself back), idle (100,000 streams),"
                    + " flood (gentle clients beside one that floods), storm (all who watch come back at once).",
            paramLabel = "SCENARIO")
    private List<String> scenarios = List.of();

    @Option(names = "--coord", description = "Launcher to start our server with (default: ${DEFAULT-VALUE})")
    private Path coord = Path.of("./coord");

    @Option(names = "--consul", description = "Consul's binary (default: ${DEFAULT-VALUE})")
    private Path consul = Path.of("consul");

    @Option(names = "--rounds", description = "Rounds of each load, alternating (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    @Option(names = "--seconds", description = "Seconds of a round (default: ${DEFAULT-VALUE})")
    private double seconds = 4;

    @Option(
            names = "--watchers",
            split = ",",
            defaultValue = "100,1000,5000",
            description = "Watchers of fan-out (default: ${DEFAULT-VALUE})")
    private List<Integer> watchers = List.of();

    @Option(names = "--idle", description = "Streams of idle (default: ${DEFAULT-VALUE})")
    private int idle = 100_000;

    @Option(names = "--clients", description = "Who come back in storm (default: ${DEFAULT-VALUE})")
    private int clients = 5_000;

    @Option(names = "--results", description = "Where JSON and plots go (default: ${DEFAULT-VALUE})")
    private Path results = Path.of("bench/target/results");

    public static void main(String[] args) {
        System.exit(new CommandLine(new LoadCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Path work = Files.createTempDirectory("coord-bench");
        Targets targets = new Targets(coord, consul, work);
        Scenarios runs = new Scenarios(targets, results, rounds, seconds);
        WatchScenarios watches = new WatchScenarios(targets, results, rounds, seconds);
        OverloadScenarios overload = new OverloadScenarios(targets, results, rounds, seconds);
        for (String scenario : scenarios) {
            switch (scenario) {
                case "throughput" -> runs.throughput();
                case "growth" -> runs.growth();
                case "start" -> runs.start();
                case "restart" -> runs.restart();
                case "failover" -> runs.failover();
                case "fan-out" -> watches.fanOut(watchers);
                case "under-writes" -> watches.underWrites();
                case "outage" -> watches.outage();
                case "outage-prevented" -> new OutagePrevented(targets, results).run();
                case "flood" -> overload.flood();
                case "storm" -> overload.storm(clients);
                case "idle" -> watches.idle(idle);
                default -> {
                    System.err.println("unknown scenario '" + scenario
                            + "': there are throughput, growth, start, restart, failover, fan-out,"
                            + " under-writes, outage, outage-prevented, idle, flood and storm");
                    return CommandLine.ExitCode.USAGE;
                }
            }
        }
        return CommandLine.ExitCode.OK;
    }
}
