package dev.coord.tools;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Keeps the first bytes of what comes, in a file, and counts the rest. Any thread, one at a time. */
final class BoundedFile implements Consumer<byte[]>, AutoCloseable {

    private final Path path;
    private final long bytesMax;
    private final OutputStream out;
    private long kept;
    private long dropped;
    private boolean closed;

    BoundedFile(Path path, long bytesMax) throws IOException {
        this.path = path;
        this.bytesMax = bytesMax;
        this.out = new BufferedOutputStream(Files.newOutputStream(path));
    }

    Path path() {
        return path;
    }

    synchronized long dropped() {
        return dropped;
    }

    @Override
    public synchronized void accept(byte[] piece) {
        if (closed) {
            return;
        }
        int take = (int) Math.min(piece.length, bytesMax - kept);
        try {
            out.write(piece, 0, take);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        kept += take;
        dropped += piece.length - take;
    }

    /** What comes later is not kept. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        out.close();
    }
}
