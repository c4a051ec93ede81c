package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.EntryDecoder.Decoded;
import dev.coord.wal.LogDamage;
import dev.coord.wal.LogEntry;
import dev.coord.wal.LogVisitor;
import dev.coord.wal.maintenance.LogScan;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        description = {
            "Writes out the entries of a log as readable commands: all that is whole, before a damage and after it.",
            "A line for each; damage is named in between (in CSV on standard error)."
        })
final class WalDumpCommand implements Callable<Integer>, LogVisitor {

    /** As the command line writes them. */
    enum Format {
        text,
        json,
        csv
    }

    private static final int VALUE_CHARS_MAX = 100;

    @Spec
    private CommandSpec spec;

    @Mixin
    private WalTarget target;

    @Option(names = "--from", paramLabel = "INDEX", defaultValue = "1", description = "The first entry (default: all).")
    private long from;

    @Option(names = "--to", paramLabel = "INDEX", description = "The last entry (default: all).")
    private long to = Long.MAX_VALUE;

    @Option(names = "--key", paramLabel = "KEY", description = "Only commands on this key.")
    private @Nullable String key;

    @Option(names = "--prefix", paramLabel = "PREFIX", description = "Only commands on keys that begin with this.")
    private @Nullable String prefix;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, json (an object a line) or csv (default: ${DEFAULT-VALUE}).")
    private Format format;

    private PrintWriter out;
    private PrintWriter err;
    private ProgressBar bar;
    private long damages;

    @Override
    public Integer call() {
        if (key != null && prefix != null) {
            throw new StartupException(ExitCode.USAGE, "--key and --prefix: one of them, not both");
        }
        out = spec.commandLine().getOut();
        err = spec.commandLine().getErr();
        if (format == Format.csv) {
            out.println("index,term,time,type,key,content");
        }
        try (LogScan scan = target.open();
                ProgressBar progress = new ProgressBar(err)) {
            bar = progress;
            scan.read(this);
        }
        out.flush();
        return (damages == 0 ? ExitCode.OK : ExitCode.DAMAGED).status();
    }

    @Override
    public void entry(LogEntry entry, String file, long offset) {
        if (entry.index() < from || entry.index() > to) {
            return;
        }
        Decoded decoded = EntryDecoder.decode(entry);
        if ((key != null && !decoded.isAbout(key, false)) || (prefix != null && !decoded.isAbout(prefix, true))) {
            return;
        }
        switch (format) {
            case text -> out.println(text(decoded));
            case json -> out.println(json(decoded, file, offset));
            case csv -> out.println(csv(decoded));
        }
    }

    @Override
    public void damage(LogDamage damage) {
        if (damage.entries() > 0 && (damage.nextIndex() <= from || damage.firstIndex() > to)) {
            return;
        }
        damages++;
        switch (format) {
            case text -> out.println("DAMAGE  " + damage);
            case json ->
                out.println(WalVerifyCommand.put(new JsonText().object().object("damage"), damage)
                        .end()
                        .end());
            case csv -> err.println("coord: damage: " + damage);
        }
    }

    @Override
    public void progress(long done, long total) {
        bar.progress("reading", done, total);
    }

    private static String text(Decoded decoded) {
        LogEntry entry = decoded.entry();
        String time = decoded.timeMillis() == 0
                ? "-"
                : Instant.ofEpochMilli(decoded.timeMillis()).toString();
        return (entry.index() + "  term " + entry.term() + "  " + time + "  " + decoded.type() + "  "
                        + EntryDecoder.text(decoded, VALUE_CHARS_MAX))
                .stripTrailing();
    }

    private static JsonText json(Decoded decoded, String file, long offset) {
        JsonText json = new JsonText()
                .object()
                .put("index", decoded.entry().index())
                .put("term", decoded.entry().term())
                .put("type", decoded.type());
        if (decoded.timeMillis() != 0) {
            json.put("time", Instant.ofEpochMilli(decoded.timeMillis()).toString());
        }
        EntryDecoder.put(json.object("content"), decoded);
        return json.end().put("file", file).put("offset", offset).end();
    }

    /** As RFC 4180 has it; the content is JSON. */
    private static String csv(Decoded decoded) {
        JsonText content = new JsonText().object();
        EntryDecoder.put(content, decoded);
        content.end();
        String time = decoded.timeMillis() == 0
                ? ""
                : Instant.ofEpochMilli(decoded.timeMillis()).toString();
        return decoded.entry().index() + "," + decoded.entry().term() + "," + time + "," + decoded.type() + ","
                + RecordText.field(decoded.key()) + "," + RecordText.field(content.toString());
    }
}
