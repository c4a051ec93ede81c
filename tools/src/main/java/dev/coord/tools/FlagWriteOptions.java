package dev.coord.tools;

import dev.coord.client.FlagWrite;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that writes flags. */
final class FlagWriteOptions {

    /** Of a document of thousands of flags, the first say enough. */
    private static final int NAMES_MAX = 20;

    @Option(
            names = "--cas",
            paramLabel = "REVISION",
            description =
                    "Only if the set, or the flag if one is named, was changed last in this revision; 0: only if there"
                            + " is none.")
    private @Nullable Long expected;

    @Option(
            names = "--author",
            paramLabel = "NAME",
            description = "Who writes, for the history (default: the user at this machine).")
    private @Nullable String author;

    FlagWrite write() {
        FlagWrite write = FlagWrite.by(author == null ? userAtHost() : author);
        return expected == null ? write : write.onlyAt(expected);
    }

    static String userAtHost() {
        String user = System.getProperty("user.name", "somebody");
        try {
            return user + "@" + InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return user;
        }
    }

    /** Says what came of a write. */
    static void say(Connection connection, PrintWriter out, String set, FlagWrite.Outcome outcome) {
        if (connection.json()) {
            out.println(new JsonText()
                    .object()
                    .put("set", set)
                    .put("revision", outcome.revision())
                    .put("changed", outcome.changed())
                    .end());
        } else if (outcome.changed().isEmpty()) {
            out.println("set " + set + " is at revision " + outcome.revision() + "; no flag is other than before");
        } else {
            out.println("set " + set + " is at revision " + outcome.revision() + "; changed: "
                    + outcome.changed().stream().limit(NAMES_MAX).collect(Collectors.joining(", "))
                    + (outcome.changed().size() > NAMES_MAX
                            ? " and " + (outcome.changed().size() - NAMES_MAX) + " more"
                            : ""));
        }
    }
}
