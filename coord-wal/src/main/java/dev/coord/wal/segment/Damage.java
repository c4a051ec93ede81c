package dev.coord.wal.segment;

import dev.coord.wal.LogDamage;
import dev.coord.wal.LogException;
import dev.coord.wal.LogException.Kind;
import dev.coord.wal.disk.Disk;

/** Words for what does not match. */
final class Damage {

    private Damage() {}

    static LogException at(Disk disk, String file, long offset, String what) {
        return new LogException(
                Kind.DAMAGED, disk.describe(file) + " is damaged at offset " + offset + ": " + what + LogDamage.ADVICE);
    }

    static LogException newerFormat(Disk disk, String file, int format, int known) {
        return new LogException(
                Kind.NEWER_FORMAT,
                disk.describe(file) + " has format " + format + "; this build reads up to " + known
                        + ": run the build that wrote it, or a newer one");
    }
}
