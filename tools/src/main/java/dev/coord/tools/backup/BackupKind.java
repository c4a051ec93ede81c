package dev.coord.tools.backup;

import java.util.Locale;
import java.util.Optional;

/** What a backup can hold. The names are in files. */
public enum BackupKind {
    KV("key", "keys"),
    CATALOG("registration", "registrations"),
    FLAGS("flag set", "flag sets"),
    ACL("ACL entry", "ACL entries");

    private final String one;
    private final String more;

    BackupKind(String one, String more) {
        this.one = one;
        this.more = more;
    }

    /** As on the command line and in files. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of so many records. */
    public String noun(long count) {
        return count == 1 ? one : more;
    }

    /** Empty: there is no such kind. */
    public static Optional<BackupKind> named(String text) {
        for (BackupKind kind : values()) {
            if (kind.text().equals(text)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
