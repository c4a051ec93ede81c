package dev.coord.tools.backup;

import java.io.IOException;

/** A file that is no backup, or one that this build can't read: the message says which and what to do. */
public final class BackupFormatException extends IOException {

    private static final long serialVersionUID = 1;

    BackupFormatException(String message) {
        super(message);
    }
}
