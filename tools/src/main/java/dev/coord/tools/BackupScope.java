package dev.coord.tools;

import dev.coord.server.ExitCode;
import dev.coord.server.StartupException;
import dev.coord.tools.backup.BackupKind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which part of all that there is {@code coord backup} is about. */
final class BackupScope {

    private static final String KINDS = "kv,catalog,flags,acl";

    @Option(
            names = {"--prefix", "-prefix"},
            paramLabel = "PREFIX",
            description =
                    "Only keys that begin with it, and without --kind nothing but keys; may be given several times.")
    private @Nullable List<String> prefixes;

    @Option(
            names = {"--kind", "-kind"},
            paramLabel = KINDS,
            split = ",",
            description = "Which kinds (default: all that there are).")
    private @Nullable List<String> kinds;

    /** The prefixes given, or else these. */
    List<String> prefixes(List<String> otherwise) {
        return prefixes == null ? otherwise : prefixes;
    }

    /** True where the kinds were asked for by name: then one that can't be had is missed. */
    boolean named() {
        return kinds != null;
    }

    /** Given by name, else keys alone where there are prefixes, else all. Throws StartupException for what contradicts itself. */
    Set<BackupKind> kinds() {
        if (kinds == null) {
            return prefixes == null ? EnumSet.allOf(BackupKind.class) : EnumSet.of(BackupKind.KV);
        }
        Set<BackupKind> wanted = EnumSet.noneOf(BackupKind.class);
        for (String name : kinds) {
            wanted.add(BackupKind.named(name.strip())
                    .orElseThrow(() -> new StartupException(
                            ExitCode.USAGE, "--kind " + name + ": there are " + KINDS.replace(",", ", "))));
        }
        if (prefixes != null && !wanted.contains(BackupKind.KV)) {
            throw new StartupException(ExitCode.USAGE, "--prefix is about keys, and --kind leaves them out");
        }
        return wanted;
    }
}
