package dev.coord.server.archive;

import java.io.IOException;

/** An archive that is damaged, cut, or of something else. The message is fit for the client's eyes. */
public final class ArchiveException extends IOException {

    private static final long serialVersionUID = 1L;

    ArchiveException(String message) {
        super(message);
    }
}
