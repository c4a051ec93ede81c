package dev.coord.server.audit;

import dev.coord.server.logging.Rotation;
import java.nio.file.Path;

/**
 * Where the audit log is and how much of it is kept.
 *
 * @param enabled false: there is none
 * @param path the file that is written to; older ones stand beside it
 * @param rotation when it is put aside
 */
public record AuditSettings(boolean enabled, Path path, Rotation rotation) {

    public static final long ROTATE_BYTES_DEFAULT = 24L << 20;
    public static final int FILES_MAX_DEFAULT = 15;

    public static AuditSettings off() {
        return new AuditSettings(
                false, Path.of("audit.json"), new Rotation(ROTATE_BYTES_DEFAULT, Rotation.NEVER, FILES_MAX_DEFAULT));
    }
}
