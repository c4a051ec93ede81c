package dev.coord.tools;

import dev.coord.client.CoordClient;
import dev.coord.client.FlagDocument;
import dev.coord.client.FlagWrite;
import dev.coord.client.Flags;
import dev.coord.client.ReadMode;
import dev.coord.client.ServerFeature;
import dev.coord.server.ExitCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "set",
        mixinStandardHelpOptions = true,
        description =
                "Makes a variant the default of a flag; its rules stay. A flag that does not exist is made: with the"
                        + " variants on and off, or, of a server's feature, with its choices.")
final class FlagsSetCommand implements Callable<Integer> {

    private static final String SERVERS_SET = "coord";
    private static final String ON_OFF = "{\"on\":true,\"off\":false}";

    @Spec
    private CommandSpec spec;

    @Mixin
    private Connection connection;

    @Mixin
    private FlagWriteOptions options;

    @Parameters(index = "0", paramLabel = "SET")
    private String set;

    @Parameters(index = "1", paramLabel = "FLAG")
    private String flag;

    @Parameters(index = "2", paramLabel = "VARIANT")
    private String variant;

    @Override
    public Integer call() {
        FlagWrite.Outcome outcome;
        try (CoordClient client = connection.open()) {
            Flags flags = client.flags();
            Optional<FlagDocument> before = flags.flag(set, flag, ReadMode.LINEARIZABLE);
            FlagWrite write = options.write();
            if (write.expectedRevision() == null) {
                // What was read is what is changed: whoever writes in between is not undone.
                write = write.onlyAt(before.map(FlagDocument::modifyRevision).orElse(0L));
            }
            String definition = before.map(FlagDocument::json).orElseGet(() -> fresh(flags));
            outcome = flags.putFlag(set, flag, FlagText.withDefaultVariant(definition, variant), write);
        }
        FlagWriteOptions.say(connection, spec.commandLine().getOut(), set, outcome);
        return ExitCode.OK.status();
    }

    private String fresh(Flags flags) {
        return "{\"state\":\"ENABLED\",\"variants\":" + (set.equals(SERVERS_SET) ? choices(flags) : ON_OFF) + "}";
    }

    private String choices(Flags flags) {
        List<String> choices = flags.features().stream()
                .filter(feature -> feature.name().equals(flag))
                .findFirst()
                .map(ServerFeature::choices)
                .orElse(List.of("true"));
        if (choices.contains("true")) {
            return ON_OFF;
        }
        JsonText variants = new JsonText().object();
        choices.forEach(choice -> variants.put(choice, choice));
        return variants.end().toString();
    }
}
