package dev.coord.server.audit;

import java.nio.file.Path;

/**
 * Where the audit log is and how much of it is kept.
 *
 * @param enabled false: there is none
 * @param path the file that is written to; older ones stand beside it
 * @param rotateBytes a file that has grown so large is put aside, at least 1
 * @param filesMax so many are kept beside the one that is written to; the oldest go; 0: none
 */
public record AuditSettings(boolean enabled, Path path, long rotateBytes, int filesMax) {

    public static final long ROTATE_BYTES_DEFAULT = 24L << 20;
    public static final int FILES_MAX_DEFAULT = 15;

    public static AuditSettings off() {
        return new AuditSettings(false, Path.of("audit.json"), ROTATE_BYTES_DEFAULT, FILES_MAX_DEFAULT);
    }
}
